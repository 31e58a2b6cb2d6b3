/**
 * Types of the Arrow IPC format, as `Schema.fbs` numbers them.
 *
 * Constants of a module, not of an object: what compares with one of them then has the number itself.
 *
 * @module
 */
export const int = 2;
export const float = 3;
export const binary = 4;
export const utf8 = 5;
export const bool = 6;
export const decimal = 7;
export const date = 8;
export const time = 9;
export const timestamp = 10;
export const interval = 11;
export const list = 12;
export const struct = 13;
export const union = 14;
export const fixedSizeBinary = 15;
export const fixedSizeList = 16;
export const map = 17;
export const duration = 18;
export const largeBinary = 19;
export const largeUtf8 = 20;
export const largeList = 21;
export const binaryView = 23;
export const utf8View = 24;
/** Not in a schema, where an encoding is a property of the field; apache-arrow's own. */
export const dictionary = -1;

const nothing = 1;

export { nothing as null };
