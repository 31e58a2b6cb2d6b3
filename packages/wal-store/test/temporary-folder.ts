import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";

/**
 * A fresh folder that is gone when the test is. A store that the test left open may be making temporaries in it at that
 * moment: what appears while the folder is removed makes that fail, and is removed by the next try.
 */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "memwal-store-"));
	onTestFinished(() => vi.waitFor(() => rm(folder, { recursive: true, force: true })));
	return folder;
}
