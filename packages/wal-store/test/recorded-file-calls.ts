import { basename, dirname, relative } from "node:path";
import { type FileCalls, nodeFileCalls } from "@memwal/wal-store/fs";

type CallName = Exclude<keyof FileCalls, "canSyncFolders" | "canWriteThrough" | "identityOf">;

/** One call that the driver made; paths are relative to the store's root. */
export interface RecordedCall {
	readonly call: CallName;
	/** What the call was about, also where it was given as an open file; temporaries are all called `TEMPORARY`. */
	readonly path: string;
}

export interface Failure {
	readonly call: CallName;
	readonly errno: string;
	/** Only for this path; for any by default. */
	readonly path?: string;
	/** How many calls fail; all by default. */
	readonly times?: number;
}

/** The real file calls, written down one by one, and failing where a test wants them to. */
export class RecordedFileCalls {
	readonly log: RecordedCall[] = [];
	readonly calls: FileCalls;
	readonly #root: string;
	readonly #paths = new Map<number, string>();
	#failures: { failure: Failure; left: number }[] = [];

	constructor(root: string, overrides: Partial<FileCalls> = {}) {
		this.#root = root;
		const real = { ...nodeFileCalls, ...overrides };
		const { canSyncFolders, canWriteThrough, identityOf, ...others } = real;
		const names = Object.keys(others) as CallName[];
		const recorded = names.map((name) => [name, (...args: unknown[]) => this.#call(name, real, args)]);
		this.calls = { canSyncFolders, canWriteThrough, identityOf, ...Object.fromEntries(recorded) } as FileCalls;
	}

	/** How many files are open. */
	get open(): number {
		return this.#paths.size;
	}

	fail(failure: Failure): void {
		this.#failures.push({ failure, left: failure.times ?? Number.POSITIVE_INFINITY });
	}

	heal(): void {
		this.#failures = [];
	}

	/** The calls of these names since the log was last cleared, as `call path`. */
	only(...names: CallName[]): string[] {
		return this.log.filter(({ call }) => names.includes(call)).map(({ call, path }) => `${call} ${path}`);
	}

	async #call(call: CallName, real: FileCalls, args: unknown[]): Promise<unknown> {
		const [first] = args;
		const raw = typeof first === "number" ? (this.#paths.get(first) ?? `closed file ${first}`) : String(first);
		const path = this.#shown(raw);
		this.log.push({ call, path });
		const struck = this.#failures.find(
			({ failure, left }) => left > 0 && failure.call === call && (failure.path === undefined || failure.path === path),
		);
		if (struck) {
			struck.left--;
			throw Object.assign(new Error(`${struck.failure.errno}: injected, ${call} '${path}'`), {
				code: struck.failure.errno,
			});
		}
		if (call === "close") this.#paths.delete(first as number);
		const result = await (real[call] as (...args: unknown[]) => Promise<unknown>)(...args);
		if (call === "createFile" || call === "openFile" || call === "openFolder") this.#paths.set(result as number, raw);
		return result;
	}

	#shown(path: string): string {
		return basename(dirname(path)) === ".memwal-tmp" ? "TEMPORARY" : relative(this.#root, path) || ".";
	}
}
