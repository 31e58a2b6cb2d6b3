/** A command line that does the same when it is pasted into a POSIX shell. */
export function shellCommand(commandName: string, args: readonly string[]): string {
	return [commandName, ...args.map(shellWord)].join(" ");
}

/** One word of a command line, quoted only where that is needed. */
function shellWord(text: string): string {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
