import { WalError } from "@memwal/wal-runtime";
import { providerOf } from "./providers.ts";
import type { OpenS3StoreOptions } from "./s3-options.ts";

/** Where a bucket is, as far as it is not the SDK that finds out. */
export interface S3Location {
	readonly endpoint: URL | undefined;
	readonly region: string | undefined;
	readonly addressing: "path" | "virtual-host";
}

/** Most stores other than AWS have regions by courtesy, and take this one. */
const USUAL_REGION = "us-east-1";

/**
 * Puts together what the options and the environment say of a bucket's place, and what is known about the store there.
 *
 * @throws `WAL_STORE_UNSAFE` for a store that cannot hold a log, `WAL_INVALID` for an endpoint or a bucket that cannot be.
 */
export function locateBucket(
	{ bucket, endpoint: given, region, profile, addressing }: OpenS3StoreOptions,
	environment: Readonly<Record<string, string | undefined>> = process.env,
): S3Location {
	if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) {
		throw new WalError("WAL_INVALID", `there can be no bucket ${JSON.stringify(bucket)}; write "s3://bucket/prefix"`);
	}
	const endpoint = endpointUrl(given ?? configuredEndpoint(environment));
	const provider = providerOf(endpoint, bucket);
	if (provider?.refusal !== undefined) {
		throw new WalError(
			"WAL_STORE_UNSAFE",
			`${provider.name} cannot hold a log: ${provider.refusal}; use another store`,
		);
	}
	const isAws = provider?.addressing === "virtual-host";
	const configured = isAws || profile !== undefined || environment.AWS_REGION !== undefined;
	return {
		endpoint,
		region: region ?? (configured ? undefined : (provider?.region ?? USUAL_REGION)),
		addressing: addressing ?? provider?.addressing ?? "path",
	};
}

function configuredEndpoint(environment: Readonly<Record<string, string | undefined>>): string | undefined {
	if (environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined;
	return environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || undefined;
}

function endpointUrl(text: string | undefined): URL | undefined {
	if (text === undefined) return undefined;
	const url = URL.canParse(text) ? new URL(text) : undefined;
	// Never repeated: it may hold what belongs to nobody else.
	if (url?.username || url?.password) {
		throw new WalError("WAL_INVALID", `an endpoint holds no credentials; ${CREDENTIALS_GO}`);
	}
	if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
		throw new WalError("WAL_INVALID", 'the endpoint must be a URL such as "https://s3.example.com"');
	}
	return url;
}

/** Where credentials go, for whoever puts them elsewhere. */
export const CREDENTIALS_GO = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (?profile=…)";
