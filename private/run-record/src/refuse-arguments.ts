/** Ends the process as wrong usage does: with exit code 2, and one line that says what was wrong and where to look. */
export function refuseArguments(command: string, problem: string): never {
	console.error(`${problem}; see npm run ${command} -- --help`);
	process.exit(2);
}

/** What `parse` returns; what it throws is told as wrong usage. */
export function parseOrRefuse<T>(command: string, parse: () => T): T {
	try {
		return parse();
	} catch (error) {
		return refuseArguments(command, error instanceof Error ? error.message : String(error));
	}
}
