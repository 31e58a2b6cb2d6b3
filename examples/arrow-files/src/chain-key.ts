const BITS = 64;

/** Number of the first file of every chain. */
export const FIRST_FILE_NUMBER = 1n;

/** The key of file `number` of the chain under `prefix`: named as the log names its entries, lowest bit first. */
export function chainKey(prefix: string, number: bigint): string {
	const digits = number.toString(2).padStart(BITS, "0");
	return `${prefix}${Array.from(digits).reverse().join("")}.arrow`;
}
