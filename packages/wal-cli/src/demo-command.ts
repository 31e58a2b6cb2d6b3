import type { Command } from "commander";
import { wholeNumber, withCommonOptions } from "./command-options.ts";
import type { DemoOptions } from "./demo/demo.ts";
import type { Session } from "./session.ts";

const examples = `
Examples:
  $ memwal demo
  $ memwal demo --source my-rows.ndjson --dir /tmp/demo

Three writers append the source, each a process of its own. The first is killed
half way, the second is stopped and finds itself fenced when it resumes, the third
finishes. Then everything is read back, and every value compared with the source.`;

export function addDemoCommand(program: Command, session: Session): void {
	withCommonOptions(
		program
			.command("demo")
			.summary("kill a writer, fence another, lose nothing")
			.description("Appends real rows while writers are killed and stopped, and shows that none is lost.")
			.option("--source <file>", "Arrow or NDJSON file to append (default: the flights of npm's vega-datasets)")
			.option("--dir <folder>", "where the log goes; an earlier demo's is taken away", "./memwal-demo")
			.option("--batch-rows <n>", "rows of an entry", wholeNumber(1), 1_000),
	)
		.addHelpText("after", examples)
		.action(async (options: DemoOptions) => {
			const { demo } = await import("./demo/demo.ts");
			await demo(session, options);
		});
}
