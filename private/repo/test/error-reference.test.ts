import { ERROR_CODES, type WalErrorCode } from "@memwal/wal-runtime";
import { ERROR_GUIDE } from "@memwal/wal-runtime/error-guide";
import { describe, expect, it } from "vitest";
import { renderErrorReference } from "../src/error-reference.ts";
import { readText } from "../src/workspace.ts";

describe("docs/errors.md", () => {
	it("is what `npm run generate` makes of the codes", () => {
		expect(readText("docs/errors.md")).toBe(renderErrorReference(ERROR_GUIDE));
	});

	it("has a row and a section with meaning and remedy for every code", () => {
		const text = readText("docs/errors.md");
		for (const [code, { kind }] of Object.entries(ERROR_CODES)) {
			const { meaning, remedy } = ERROR_GUIDE[code as WalErrorCode];
			expect(text).toContain(`| [\`${code}\`](#${code.toLowerCase()}) | ${kind} |`);
			expect(text).toContain(`## ${code}\n\n${meaning}\n\n**What to do.** ${remedy}\n`);
		}
	});

	it("changes with the codes", () => {
		const { WAL_GAP, ...others } = ERROR_GUIDE;
		expect(renderErrorReference(others)).not.toBe(renderErrorReference(ERROR_GUIDE));
		const reworded = { ...others, WAL_GAP: { ...WAL_GAP, remedy: "Look elsewhere." } };
		expect(renderErrorReference(reworded)).toContain("**What to do.** Look elsewhere.");
	});
});
