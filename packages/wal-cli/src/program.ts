import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { addAppendCommand } from "./append-command.ts";
import { UsageError } from "./command-failure.ts";
import { addDemoCommand } from "./demo-command.ts";
import { printFailure } from "./failure-output.ts";
import { addInspectCommand } from "./inspect-command.ts";
import { addQualifyCommand } from "./qualify-command.ts";
import type { Session } from "./session.ts";
import { addTailCommand } from "./tail-command.ts";

/** Runs one command line to its end, and resolves to the exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], session: Session): Promise<number> {
	try {
		await createProgram(session).parseAsync([...args], { from: "user" });
		return 0;
	} catch (error) {
		if (error instanceof CommanderError && error.exitCode === 0) return 0;
		return await printFailure(usageErrorOf(error, args, session), session, {
			json: args.includes("--json") || args.includes("--jsonl"),
			debug: args.includes("--debug"),
		});
	}
}

/** The `memwal` command with all its subcommands. */
export function createProgram(session: Session): Command {
	const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
	const program = new Command("memwal")
		.description("An Arrow-native write-ahead log on object storage.")
		.version(version, "-V, --version", "print the version")
		.helpOption("-h, --help", "print help")
		.helpCommand("help [command]", "print help for a command")
		.exitOverride()
		.configureOutput({
			writeOut: (text) => void session.out.write(text),
			writeErr: (text) => void session.err.write(text),
			// Failures are printed in one place, with their next step.
			outputError: () => undefined,
			getOutHelpWidth: () => session.out.columns ?? 80,
			getOutHasColors: () => session.outColors.isColorSupported,
		})
		.showSuggestionAfterError();
	addAppendCommand(program, session);
	addTailCommand(program, session);
	addInspectCommand(program, session);
	addQualifyCommand(program, session);
	addDemoCommand(program, session);
	return program;
}

function usageErrorOf(error: unknown, args: readonly string[], { commandName }: Session): unknown {
	if (!(error instanceof CommanderError)) return error;
	const named = args.find((arg) => /^[a-z]+$/.test(arg));
	const help =
		named && error.code !== "commander.unknownCommand" ? `${commandName} ${named} --help` : `${commandName} --help`;
	const message =
		error.code === "commander.help"
			? "a command is missing"
			: error.message.replace(/^error: /, "").replace(/\n\(D(.*)\?\)$/, " (d$1?)");
	return new UsageError(message, `See ${help}`);
}
