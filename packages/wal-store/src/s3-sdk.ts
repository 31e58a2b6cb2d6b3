import { WalError } from "@memwal/wal-runtime";
import type { ExchangeOptions } from "./s3-http-handler.ts";

/** The part of `@aws-sdk/client-s3` that is used. */
export type S3Sdk = typeof import("@aws-sdk/client-s3");

/** The client of the SDK, as far as it is used: it makes one attempt a call, which the exchange takes part in. */
export interface S3Caller {
	send(command: unknown, options: Required<ExchangeOptions>): Promise<unknown>;
	/** Closes every connection; the next call opens one again. */
	destroy(): void;
}

/**
 * The AWS SDK, which is installed by whoever uses S3, and loaded only then.
 *
 * @throws `WAL_UNSUPPORTED` where it is not installed.
 */
export async function loadS3Sdk(): Promise<S3Sdk> {
	try {
		return await import("@aws-sdk/client-s3");
	} catch (cause) {
		throw new WalError("WAL_UNSUPPORTED", "S3 needs a package of its own; install it: npm install @aws-sdk/client-s3", {
			cause,
		});
	}
}
