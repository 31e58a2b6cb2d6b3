import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];

afterAll(async () => {
	// A command that is still ending may put something into a folder while it is removed.
	for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** A folder of its own for a test, or for all of a file's: it is gone when these have ended. */
export async function newFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "memwal-cli-"));
	folders.push(folder);
	return folder;
}
