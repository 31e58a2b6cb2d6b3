import * as api from "@memwal/wal-index";
import { expect, it } from "vitest";

it("the package exports exactly what it promises", () => {
	expect(Object.keys(api).sort()).toEqual(["BTreeIndex", "IndexStore"]);
});
