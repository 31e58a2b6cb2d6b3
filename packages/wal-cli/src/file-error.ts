import { isWalError, WalError } from "@memwal/wal-runtime";

const reasons: Readonly<Record<string, string>> = {
	ENOENT: "there is no such file or directory",
	ENOTDIR: "a part of the path is a file, not a directory",
	EISDIR: "it is a directory",
	EACCES: "permission denied",
	EPERM: "permission denied",
	EROFS: "the file system is read-only",
	ENOSPC: "no space is left on the device",
};

/** The typed error of a failed call on a file the user named; errors that are typed already pass through. */
export function fileError(error: unknown, path: string, verb: "read" | "write"): unknown {
	const code = (error as NodeJS.ErrnoException | undefined)?.code;
	if (isWalError(error) || typeof code !== "string") return error;
	const message = `cannot ${verb} ${path}: ${reasons[code] ?? (error as Error).message}`;
	switch (code) {
		case "EACCES":
		case "EPERM":
			return new WalError("WAL_DENIED", message, { cause: error, details: { reason: "permission" } });
		case "EROFS":
			return new WalError("WAL_DENIED", message, { cause: error, details: { reason: "read-only" } });
		case "ENOSPC":
			return new WalError("WAL_DENIED", message, { cause: error, details: { reason: "no-space" } });
		default:
			return new WalError("WAL_INVALID", message, { cause: error });
	}
}
