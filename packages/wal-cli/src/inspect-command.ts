import type { Command } from "commander";
import { withCommonOptions } from "./command-options.ts";
import type { InspectOptions } from "./inspect.ts";
import type { Session } from "./session.ts";

const examples = `
Examples:
  $ memwal inspect file:./log
  $ memwal inspect file:./log --shard events --json

Without --shard, a log with several shards is listed, one a line, and a single
shard is shown whole. That reads every entry and checks it.`;

export function addInspectCommand(program: Command, session: Session): void {
	withCommonOptions(
		program
			.command("inspect")
			.summary("show shards, epochs, entries and cursors")
			.description("Shows what a log holds: its shards, or one shard's manifest, epochs and entries.")
			.argument("<log-url>", "the log, for instance file:./log")
			.option("--shard <shard>", "name or UUID of the shard"),
	)
		.addHelpText("after", examples)
		.action(async (url: string, options: InspectOptions) => {
			const { inspect } = await import("./inspect.ts");
			await inspect(session, url, options);
		});
}
