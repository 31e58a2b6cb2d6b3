import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WalError } from "@memwal/wal-runtime";
import { CommandFailure } from "../command-failure.ts";
import { fileError } from "../file-error.ts";

/** Tells a folder that may be emptied from everybody else's. */
export const DEMO_MARKER = ".memwal-demo";

const markerText = "memwal demo made this folder, and takes its log away when it runs here again.\n";
/** What a log at this folder consists of. */
const logFolders = ["_mem_wal", ".memwal-tmp"];

/**
 * Makes the folder ready for a demo: new, or without the log of an earlier one.
 *
 * Nothing is ever deleted in a folder that no demo has marked, and in a marked one only the log.
 *
 * @throws `WAL_INVALID` for a folder that is somebody else's, or no folder.
 */
export async function prepareDemoFolder(folder: string): Promise<void> {
	try {
		await mkdir(folder, { recursive: true });
		const names = await readdir(folder);
		if (names.length > 0 && !names.includes(DEMO_MARKER)) {
			throw new CommandFailure(
				new WalError("WAL_INVALID", `${folder} holds files that no demo made; nothing in it was touched`),
				{ nextStep: "Choose an empty or a new folder: --dir FOLDER" },
			);
		}
		// First the mark: whatever ends this process from here on, the next demo may clean up.
		await writeFile(join(folder, DEMO_MARKER), markerText);
		for (const name of logFolders) await rm(join(folder, name), { recursive: true, force: true });
	} catch (error) {
		throw fileError(error, folder, "write");
	}
}
