import { loadCodec } from "@memwal/wal-ipc-wasm";
import type { CommonOptions } from "./command-options.ts";
import type { Session } from "./session.ts";
import { textTable } from "./text-table.ts";

/** Prints which implementation does what to the bytes of entries on this runtime, and why. */
export async function inspectCodec({ out, outColors: colors }: Session, { json }: CommonOptions): Promise<void> {
	const choices = (await loadCodec()).explain();
	if (json) return out.line(JSON.stringify({ codec: choices }));
	const columns = [{ title: "operation" }, { title: "done by" }, { title: "because" }];
	const rows = choices.map(({ operation, implementation, reason }) => [operation, implementation, reason]);
	await out.line(textTable(columns, rows, { colors, width: out.columns }).text);
}
