import { describe, expect, it } from "vitest";
import { checkGlobals } from "../src/global-rules.ts";
import { parseSource } from "../src/source-file.ts";
import { listTypeScript, readPackages, readText } from "../src/workspace.ts";

const CORE = "packages/wal-core/src/index.ts";

describe("the packages of this repository", () => {
	it("take time and chance from Clock and Random, and Node's globals only in Node subpaths", () => {
		const paths = readPackages("packages").flatMap(({ folder }) => listTypeScript(`${folder}/src`));
		expect(paths.flatMap((path) => checkGlobals(parseSource(path, readText(path))))).toEqual([]);
	});
});

describe("the check of globals", () => {
	it.each([
		"Date.now();",
		'Date["now"]();',
		"new Date();",
		"Date();",
		"const { now } = Date;",
		"const clock = Date;",
		"setTimeout(wake, 1);",
		"const wait = { setTimeout };",
		"globalThis.setTimeout(wake, 1);",
		'globalThis["setInterval"](wake, 1);',
		"(globalThis as unknown as Host).setImmediate(wake);",
		"globalThis.Date.now();",
		"const host = globalThis;",
		"Math.random();",
		"const { random } = Math;",
		"Math[name]();",
		"crypto.randomUUID();",
		"crypto.getRandomValues(bytes);",
		"performance.now();",
		"AbortSignal.timeout(10);",
		'import { setTimeout as sleep } from "node:timers/promises";',
		'import { randomUUID } from "node:crypto";',
		'import { v4 } from "uuid";',
		'import * as uuid from "uuid";',
	])("refuses %s", (text) => {
		expect(checkGlobals(parseSource(CORE, text)).map(({ where }) => where)).toContain(`${CORE}:1`);
	});

	it.each(["process.env.HOME;", "Buffer.from(text);", "globalThis.process;", "require(name);"])(
		"refuses %s outside a Node subpath, and allows it inside",
		(text) => {
			expect(checkGlobals(parseSource(CORE, text))).toHaveLength(1);
			expect(checkGlobals(parseSource("packages/wal-store/src/fs-driver.ts", text))).toEqual([]);
		},
	);

	it.each([
		"new Date(lastModifiedMs);",
		"value instanceof Date;",
		"Math.imul(a, b); Math.max(a, b);",
		"clock.now(); clock.setTimeout(); this.performance;",
		"const entry = { process: 1, Buffer: 2 };",
		"type Wait = typeof setTimeout; let at: Date; let host: NodeJS.Process;",
		"crypto.subtle.digest(name, bytes);",
		'import { v5 } from "uuid";',
		"// Date.now()",
		'const text = "Math.random()";',
	])("allows %s", (text) => {
		expect(checkGlobals(parseSource(CORE, text))).toEqual([]);
	});

	it("allows a probe for process only in the files that are listed, and there only through globalThis", () => {
		const probe = "packages/wal-ipc-wasm/src/crc32.ts";
		expect(checkGlobals(parseSource(probe, "globalThis.process?.getBuiltinModule;"))).toEqual([]);
		expect(checkGlobals(parseSource(probe, "process.getBuiltinModule;"))).toHaveLength(1);
	});

	it("allows real time only where it is made", () => {
		expect(checkGlobals(parseSource("packages/wal-runtime/src/clock.ts", "Date.now();"))).toEqual([]);
		expect(checkGlobals(parseSource("packages/wal-runtime/src/deadline.ts", "Date.now();"))).toHaveLength(1);
	});
});
