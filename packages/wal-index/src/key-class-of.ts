import { WalError } from "@memwal/wal-runtime";
import { ARROW_TYPE, type TypeShape } from "./arrow-shapes.ts";
import { boolKeys, nullKeys } from "./bool-keys.ts";
import { binaryKeys, fixedReader, offsetReader, textKeys, viewReader } from "./byte-keys.ts";
import { wideDecimalKeys } from "./decimal-keys.ts";
import { dictionaryKeys } from "./dictionary-keys.ts";
import { doubleKeys, halfKeys, singleKeys } from "./float-keys.ts";
import { type IntegerForm, integerKeys } from "./integer-keys.ts";
import { dayTimeKeys, monthDayNanoKeys, monthKeys } from "./interval-keys.ts";
import type { KeyClass } from "./key-class.ts";

/** Seconds, milliseconds, microseconds, nanoseconds. */
const UNITS = ["s", "ms", "us", "ns"] as const;
const UNITS_PER_MS = [1 / 1_000, 1, 1_000, 1_000_000] as const;
const DAYS_PER_MS = 1 / 86_400_000;

/** How values of a type become keys; `undefined` for types that have no order here: lists, structs, maps, unions. */
function keyClassOf(type: TypeShape): KeyClass | undefined {
	const { unit = 0, bitWidth = 0 } = type;
	switch (type.typeId) {
		case ARROW_TYPE.null:
			return nullKeys;
		case ARROW_TYPE.bool:
			return boolKeys;
		case ARROW_TYPE.int:
			return integers({
				name: `${type.isSigned ? "int" : "uint"}${bitWidth}`,
				bits: bitWidth as IntegerForm["bits"],
				isSigned: type.isSigned === true,
			});
		case ARROW_TYPE.float:
			return [halfKeys, singleKeys, doubleKeys][type.precision ?? -1];
		case ARROW_TYPE.decimal:
			return decimalKeys(type);
		case ARROW_TYPE.date:
			return unit === 0
				? integers({ name: "date[day]", bits: 32, isSigned: true, perMs: DAYS_PER_MS })
				: integers({ name: "date[ms]", bits: 64, isSigned: true, perMs: 1 });
		case ARROW_TYPE.time:
			return integers({ name: `time[${UNITS[unit]}]`, bits: bitWidth as 32 | 64, isSigned: true });
		case ARROW_TYPE.timestamp:
			return integers({ name: `timestamp[${UNITS[unit]}]`, bits: 64, isSigned: true, perMs: UNITS_PER_MS[unit] });
		case ARROW_TYPE.duration:
			return integers({ name: `duration[${UNITS[unit]}]`, bits: 64, isSigned: true });
		case ARROW_TYPE.interval:
			return [monthKeys, dayTimeKeys, monthDayNanoKeys][unit];
		case ARROW_TYPE.utf8:
		case ARROW_TYPE.largeUtf8:
			return textInOffsets;
		case ARROW_TYPE.utf8View:
			return textInViews;
		case ARROW_TYPE.binary:
		case ARROW_TYPE.largeBinary:
			return binaryInOffsets;
		case ARROW_TYPE.binaryView:
			return binaryInViews;
		case ARROW_TYPE.fixedSizeBinary:
			return binaryKeys(fixedReader(type.byteWidth ?? 0));
		case ARROW_TYPE.dictionary: {
			const values = type.dictionary && keyClassOf(type.dictionary);
			return values && dictionaryKeys(values);
		}
		default:
			return undefined;
	}
}

/** @throws `WAL_UNSUPPORTED` naming the column and its type, for a type that has no order here. */
export function requireKeyClass(type: TypeShape, column: string): KeyClass {
	const keyClass = keyClassOf(type);
	if (keyClass) return keyClass;
	throw new WalError("WAL_UNSUPPORTED", `column "${column}" has the type ${type}, which has no order to index it by`);
}

const textInOffsets = textKeys(offsetReader);
const textInViews = textKeys(viewReader);
const binaryInOffsets = binaryKeys(offsetReader);
const binaryInViews = binaryKeys(viewReader);

function decimalKeys({ bitWidth = 128, scale = 0 }: TypeShape): KeyClass {
	const name = `decimal${bitWidth}(${scale})`;
	if (bitWidth > 64) return wideDecimalKeys(name, bitWidth);
	const takes = "a bigint, the decimal without its point";
	return integers({ name, bits: bitWidth as 32 | 64, isSigned: true, isBig: true, takes });
}

const integerClasses = new Map<string, KeyClass>();

/** There are not many of them, and each batch asks for one. */
function integers(form: IntegerForm): KeyClass {
	const known = integerClasses.get(form.name);
	if (known) return known;
	const keys = integerKeys(form);
	integerClasses.set(form.name, keys);
	return keys;
}
