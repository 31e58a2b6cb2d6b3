import type { Command } from "commander";
import { wholeNumber, withCommonOptions } from "./command-options.ts";
import type { QualifyCommandOptions } from "./qualify.ts";
import type { Session } from "./session.ts";
import { locatedUrl, type StoreOptions, withStoreOptions } from "./store-options.ts";

const examples = `
Examples:
  $ memwal qualify s3://bucket/scratch --endpoint http://localhost:9000
  $ memwal qualify file:./scratch --json

It races creators for keys, reads and lists right after writes, reads ranges,
deletes and creates anew, and writes large bodies, below a folder of its own that
it removes again. A store where two creators win ends it with exit code 6: it would
lose rows. A store that passes has not been proven safe; one that fails is not.`;

export function addQualifyCommand(program: Command, session: Session): void {
	withCommonOptions(
		withStoreOptions(
			program
				.command("qualify")
				.summary("find out whether a store can hold a log")
				.description("Finds out whether a store does what a log rests on, by doing it.")
				.argument("<store-url>", "the store, for instance s3://bucket/scratch or file:./scratch")
				.option("--keys <n>", "keys that are raced for", wholeNumber(1), 24)
				.option("--creators <n>", "creators of each key", wholeNumber(2), 16),
		),
	)
		.addHelpText("after", examples)
		.action(async (url: string, options: QualifyCommandOptions & StoreOptions) => {
			const { qualifyStore } = await import("./qualify.ts");
			await qualifyStore(session, locatedUrl(url, options), options);
		});
}
