import { spawn } from "node:child_process";

/** How a program ended, and all that it wrote. */
export interface ProgramResult {
	readonly ok: boolean;
	readonly output: string;
}

/** An npm inside `npm run` would take the outer one's folder for its own. */
const INHERITED = /^(npm_(package|lifecycle|command|node_execpath|config_(local_)?prefix)|INIT_CWD|NODE_OPTIONS)/i;

const TIMEOUT_MS = 180_000;

/** Runs a program in a folder as its user would, without what `npm run` left in the environment. */
export function runProgram(program: string, args: readonly string[], cwd: string): Promise<ProgramResult> {
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !INHERITED.test(name)));
	return new Promise((resolve) => {
		const shell = process.platform === "win32" && program !== process.execPath;
		const child = spawn(program, args, { cwd, env, shell, stdio: ["ignore", "pipe", "pipe"], timeout: TIMEOUT_MS });
		const pieces: Buffer[] = [];
		child.stdout.on("data", (piece) => pieces.push(piece));
		child.stderr.on("data", (piece) => pieces.push(piece));
		child.on("error", (error) => resolve({ ok: false, output: error.message }));
		child.on("close", (code, signal) => {
			const ending = signal ? `\nended by ${signal}` : "";
			resolve({ ok: code === 0, output: Buffer.concat(pieces).toString("utf8") + ending });
		});
	});
}
