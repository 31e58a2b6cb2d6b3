import { type Command, InvalidArgumentError } from "commander";

/** Options that every command has. */
export interface CommonOptions {
	readonly json?: true | undefined;
	readonly debug?: true | undefined;
}

export function withCommonOptions(command: Command): Command {
	return command
		.option("--json", "print the result, and errors, as JSON")
		.option("--debug", "print stack traces of errors");
}

/** A whole number from `least` on, from an argument. */
export function wholeNumber(least: number): (text: string) => number {
	return (text) => {
		const number = Number(text.replaceAll("_", ""));
		if (/^\d[\d_]*$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
		throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
	};
}

/** An entry position, from an argument. */
export function entryPosition(text: string): bigint {
	if (/^\d+$/.test(text)) {
		const position = BigInt(text);
		if (position >= 1n && BigInt.asUintN(64, position) === position) return position;
	}
	throw new InvalidArgumentError("An entry position is a whole number from 1 to 2^64-1.");
}

/** Names separated by commas; a comma within a name is written `\,`. */
export function columnNames(text: string): string[] {
	const names = text.split(/(?<!\\),/).map((name) => name.replaceAll("\\,", ","));
	if (names.includes("")) throw new InvalidArgumentError("It must be column names, separated by commas.");
	return names;
}
