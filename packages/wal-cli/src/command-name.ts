import { basename, relative } from "node:path";

export interface Invocation {
	readonly argv: readonly string[];
	readonly env: NodeJS.ProcessEnv;
	cwd(): string;
}

/** What to type to start this command again: `memwal`, or `node` and the path of its file. */
export function invokedAs({ argv, env, cwd }: Invocation): string {
	const file = argv[1] ?? "memwal";
	if (!/^bin\.[jt]s$/.test(basename(file))) {
		return env.npm_command === "exec" ? "npx @memwal/wal-cli" : "memwal";
	}
	const fromHere = relative(cwd(), file);
	return `node ${fromHere.startsWith("..") ? file : fromHere}`;
}
