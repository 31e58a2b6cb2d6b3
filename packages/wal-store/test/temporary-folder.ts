import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh folder that is gone when the test is. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "memwal-store-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}
