import * as api from "@memwal/wal-ipc-wasm";
import { expect, it } from "vitest";

it("the package exports exactly what it promises", () => {
	expect(Object.keys(api)).toEqual(["ENTRY_KEYS", "loadCodec"]);
});
