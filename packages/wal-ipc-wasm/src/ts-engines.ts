import type { CodecChoice } from "./codec.ts";
import type { Engine } from "./engine.ts";
import { nativeIsUtf8 } from "./native-utf8.ts";
import { explainFixed, OPERATIONS, type Operation } from "./operation.ts";
import { TsEngine } from "./ts-engine.ts";
import { badUtf8 } from "./utf8-check.ts";

/** What a codec works with: one engine, or several that take turns. */
export interface EngineChoice
	extends Pick<Engine, "crc32" | "countOnes" | "lz4Decompress" | "badOffset" | "badIndex" | "badUtf8"> {
	readonly ts: TsEngine;
	/** Does work on so many bytes by the engine that is to be chosen for them. */
	run<Result>(operation: Operation, bytes: number, work: (engine: Engine) => Result): Result;
	explain(): readonly CodecChoice[];
}

/** TypeScript for all that the runtime does not do itself. */
export class TsEngines extends TsEngine implements EngineChoice {
	readonly ts: TsEngine = this;

	run<Result>(_operation: Operation, _bytes: number, work: (engine: Engine) => Result): Result {
		return work(this);
	}

	override readonly badUtf8: Engine["badUtf8"] = (bytes) => (nativeIsUtf8?.(bytes) ? -1 : badUtf8(bytes));

	explain(): readonly CodecChoice[] {
		return OPERATIONS.map((operation) => explainFixed(operation, this.name));
	}
}
