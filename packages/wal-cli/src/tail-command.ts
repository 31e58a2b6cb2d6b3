import { type Command, Option } from "commander";
import { columnNames, entryPosition, wholeNumber, withCommonOptions } from "./command-options.ts";
import type { Session } from "./session.ts";
import { locatedUrl, type StoreOptions, withStoreOptions } from "./store-options.ts";
import type { TailOptions } from "./tail.ts";

const examples = `
Examples:
  $ memwal tail file:./log --limit 10
  $ memwal tail file:./log --follow --jsonl --columns id,name
  $ memwal tail file:./log --arrow > rows.arrows
  $ memwal tail s3://bucket/log --endpoint http://localhost:9000

At its end the command prints, on standard error, the options with which the next
call goes on: --from with an entry's position, and --skip-rows where --limit ended
within that entry.

JSON is exact: 64-bit integers are numbers with all their digits (JavaScript's
JSON.parse rounds them above 2^53); decimals, binary (base64), NaN and infinities
are strings.`;

export function addTailCommand(program: Command, session: Session): void {
	withCommonOptions(
		withStoreOptions(
			program
				.command("tail")
				.summary("print rows, and follow what is appended")
				.description("Prints the rows of a shard in order, as tables for people or in a format for programs.")
				.argument("<log-url>", "the log, for instance file:./log or s3://bucket/log")
				.option("-f, --follow", "at the end of the log, wait for more rows")
				.option("--from <position>", "begin with the entry at this position", entryPosition)
				.option("--skip-rows <n>", "leave out that many rows of the first entry (with --from)", wholeNumber(0))
				.option("--limit <n>", "end after that many rows", wholeNumber(0))
				.option("--columns <names>", "only these columns, separated by commas", columnNames)
				.option("--shard <shard>", "name or UUID of the shard (default: unsharded)")
				.addOption(new Option("--jsonl", "print one JSON object a row").conflicts(["json", "arrow"]))
				.addOption(new Option("--arrow", "print an Arrow IPC stream").conflicts("json")),
		),
	)
		.addHelpText("after", examples)
		.action(async (url: string, options: TailOptions & StoreOptions) => {
			const { tail } = await import("./tail.ts");
			await tail(session, locatedUrl(url, options), options);
		});
}
