import type { Command } from "commander";
import { UsageError } from "./command-failure.ts";
import { withCommonOptions } from "./command-options.ts";
import type { InspectOptions } from "./inspect.ts";
import type { Session } from "./session.ts";
import { locatedUrl, type StoreOptions, withStoreOptions } from "./store-options.ts";

const examples = `
Examples:
  $ memwal inspect file:./log
  $ memwal inspect file:./log --shard events --json
  $ memwal inspect s3://bucket/log --profile work
  $ memwal inspect --codec

Without --shard, a log with several shards is listed, one a line, and a single
shard is shown whole. That reads every entry and checks it. --codec needs no log: it
shows what encodes and decodes entries on this runtime, TypeScript or WebAssembly
(MEMWAL_CODEC=ts|wasm|auto), and why.`;

interface InspectCommandOptions extends InspectOptions, StoreOptions {
	readonly codec?: true;
}

export function addInspectCommand(program: Command, session: Session): void {
	withCommonOptions(
		withStoreOptions(
			program
				.command("inspect")
				.summary("show shards, epochs, entries and cursors")
				.description("Shows what a log holds: its shards, or one shard's manifest, epochs and entries.")
				.argument("[log-url]", "the log, for instance file:./log or s3://bucket/log")
				.option("--shard <shard>", "name or UUID of the shard")
				.option("--codec", "show which implementation encodes and decodes entries, and why"),
		),
	)
		.addHelpText("after", examples)
		.action(async (url: string | undefined, { codec, ...options }: InspectCommandOptions) => {
			const help = `See ${session.commandName} inspect --help`;
			if (codec) {
				if (url !== undefined) throw new UsageError("--codec takes no log: it is about this runtime", help);
				const { inspectCodec } = await import("./inspect-codec.ts");
				return await inspectCodec(session, options);
			}
			if (url === undefined) throw new UsageError("missing required argument 'log-url'", help);
			const { inspect } = await import("./inspect.ts");
			await inspect(session, locatedUrl(url, options), options);
		});
}
