import { type Command, Option } from "commander";
import type { AppendOptions } from "./append.ts";
import { wholeNumber, withCommonOptions } from "./command-options.ts";
import { DEFAULT_BATCH_ROWS, DEFAULT_INFER_LINES, INPUT_FORMATS } from "./input-batches.ts";
import type { Session } from "./session.ts";
import { locatedUrl, type StoreOptions, withStoreOptions } from "./store-options.ts";

const examples = `
Examples:
  $ memwal append file:./log flights.arrow
  $ memwal append file:./log events.ndjson --shard events --batch-rows 1000
  $ producer | memwal append file:./log -
  $ memwal append s3://bucket/log flights.arrow --region eu-central-1

The first append creates the log. Appending claims the shard's next epoch, which
fences any other writer of that shard. Rows count as appended when they are
durable.

NDJSON: whole numbers become Int64, other numbers Float64, strings Utf8, true and
false Bool, arrays List, objects Struct. A missing field is null. A row that does
not fit the schema of the first lines ends the command with an error that names
line and field.`;

export function addAppendCommand(program: Command, session: Session): void {
	withCommonOptions(
		withStoreOptions(
			program
				.command("append")
				.summary("append rows from a file or standard input")
				.description("Appends the rows of an Arrow IPC file or stream, or of NDJSON, in order and durably.")
				.argument("<log-url>", "the log, for instance file:./log or s3://bucket/log")
				.argument("[file]", "the input; - is standard input", "-")
				.option("--batch-rows <n>", "rows of an entry, at most", wholeNumber(1), DEFAULT_BATCH_ROWS)
				.addOption(
					new Option("--format <format>", "the input's format, instead of looking at its content").choices(
						INPUT_FORMATS,
					),
				)
				.option("--infer-lines <n>", "NDJSON: lines the schema is taken from", wholeNumber(1), DEFAULT_INFER_LINES)
				.option("--shard <shard>", "name or UUID of the shard (default: unsharded)")
				.option("--skip-rows <n>", "leave out the input's first rows: they are in the log already", wholeNumber(0), 0),
		),
	)
		.addHelpText("after", examples)
		.action(async (url: string, file: string, options: AppendOptions & StoreOptions) => {
			const { append } = await import("./append.ts");
			await append(session, { url: locatedUrl(url, options), file, options });
		});
}
