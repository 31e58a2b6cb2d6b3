import { WalError } from "@memwal/wal-runtime";
import { CREDENTIALS_GO } from "./s3-location.ts";
import type { OpenS3StoreOptions } from "./s3-options.ts";

/** A bucket, a folder in it, and what the URL says of their place. */
export interface S3Url extends Pick<OpenS3StoreOptions, "bucket" | "endpoint" | "region" | "profile" | "addressing"> {
	/** Without slashes at its ends; empty for the whole bucket. */
	readonly prefix: string;
}

const EXAMPLE = 'write "s3://bucket/prefix" or "s3://bucket/prefix?endpoint=https://s3.example.com&region=us-east-1"';

/**
 * Takes `s3://bucket/prefix?endpoint=…&region=…&profile=…&addressing=…` apart; `rest` is what follows `s3:`. The prefix
 * is taken as it stands, percent signs as they are.
 *
 * @throws `WAL_INVALID` for what is no such URL. No part of it is repeated that may be a secret.
 */
export function parseS3Url(rest: string): S3Url {
	const [, bucket = "", path = "", query = ""] = /^\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?$/s.exec(rest) ?? [];
	if (bucket.includes("@")) {
		throw new WalError("WAL_INVALID", `an s3: URL holds no credentials; ${CREDENTIALS_GO}`);
	}
	if (bucket === "") throw new WalError("WAL_INVALID", `the s3: URL names no bucket; ${EXAMPLE}`);
	const options = new Map(new URLSearchParams(query));
	const known: Record<string, string> = {};
	for (const [name, value] of options) {
		if (/key|secret|token|password/i.test(name)) {
			throw new WalError("WAL_INVALID", `an s3: URL holds no credentials; ${CREDENTIALS_GO}`);
		}
		if (!OPTIONS.includes(name)) {
			throw new WalError(
				"WAL_INVALID",
				`an s3: URL has no option ${JSON.stringify(name)}; it has ${OPTIONS.join(", ")}`,
			);
		}
		if (value !== "") known[name] = value;
	}
	const { addressing } = known;
	if (addressing !== undefined && addressing !== "path" && addressing !== "virtual-host") {
		throw new WalError("WAL_INVALID", 'the option addressing of an s3: URL is "path" or "virtual-host"');
	}
	return { ...known, bucket, prefix: path.replace(/\/+$/, "") };
}

const OPTIONS: readonly string[] = ["endpoint", "region", "profile", "addressing"];
