import { describe, expect, it } from "vitest";
import { invokedAs } from "../src/command-name.ts";
import { columnNames, entryPosition, wholeNumber } from "../src/command-options.ts";
import { shellCommand } from "../src/shell-command.ts";

describe("arguments", () => {
	it("are whole numbers within their bounds", () => {
		expect(wholeNumber(1)("10_000")).toBe(10_000);
		for (const text of ["0", "-1", "1.5", "x", "", "99999999999999999999"])
			expect(() => wholeNumber(1)(text)).toThrow();
	});

	it("are entry positions from 1 to 2^64-1", () => {
		expect(entryPosition("18446744073709551615")).toBe(2n ** 64n - 1n);
		for (const text of ["0", "18446744073709551616", "-1", "1n", ""]) expect(() => entryPosition(text)).toThrow();
	});

	it("are column names, with an escape for commas", () => {
		expect(columnNames("a,b\\,c")).toEqual(["a", "b,c"]);
		expect(() => columnNames("a,,b")).toThrow();
	});
});

describe("a command to type next", () => {
	const cwd = () => "/work/project";

	it("is called as this one was", () => {
		expect(invokedAs({ argv: ["node", "/work/project/dist/bin.js"], env: {}, cwd })).toBe("node dist/bin.js");
		expect(invokedAs({ argv: ["node", "/elsewhere/dist/bin.js"], env: {}, cwd })).toBe("node /elsewhere/dist/bin.js");
		expect(invokedAs({ argv: ["node", "/usr/bin/memwal"], env: {}, cwd })).toBe("memwal");
		const npx = { argv: ["node", "/x/node_modules/.bin/memwal"], env: { npm_command: "exec" }, cwd };
		expect(invokedAs(npx)).toBe("npx @memwal/wal-cli");
	});

	it("is quoted where a shell would misread it", () => {
		expect(shellCommand("memwal", ["tail", "file:./a b", "it's"])).toBe("memwal tail 'file:./a b' 'it'\\''s'");
	});
});
