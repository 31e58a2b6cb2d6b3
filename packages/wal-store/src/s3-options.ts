import type { Clock } from "@memwal/wal-runtime";

/** A pair of keys, or what fetches one again when it has expired. */
export type S3Credentials = NonNullable<import("@aws-sdk/client-s3").S3ClientConfig["credentials"]>;

export interface OpenS3StoreOptions {
	readonly bucket: string;
	/** Where the store is, for anything but AWS: `https://ACCOUNT.r2.cloudflarestorage.com`. By default `AWS_ENDPOINT_URL_S3`, a profile's setting, or AWS. */
	readonly endpoint?: string | undefined;
	/** The bucket's region; by default `AWS_REGION` or the profile's. */
	readonly region?: string | undefined;
	/** A profile of the AWS configuration files, for credentials and region. */
	readonly profile?: string | undefined;
	/** By default the SDK's chain: environment, profiles, SSO, containers, instances. */
	readonly credentials?: S3Credentials | undefined;
	/** Where the bucket's name goes: `path` for an endpoint of one's own, else `virtual-host`. */
	readonly addressing?: "path" | "virtual-host" | undefined;
	readonly timeouts?: S3Timeouts | undefined;
	/** Counts the time of a whole request; the real clock by default. */
	readonly clock?: Clock | undefined;
}

/** In milliseconds each; see `S3_DEFAULTS`. */
export interface S3Timeouts {
	readonly connectMs?: number | undefined;
	readonly idleMs?: number | undefined;
	readonly requestMs?: number | undefined;
	readonly keepAliveMs?: number | undefined;
}

/** The limits of the S3 driver, each with its unit and its reason. */
export const S3_DEFAULTS: {
	/** A connection, its TLS included, in milliseconds: two lost packets are survived, an address that is not there is not waited for. */
	readonly connectMs: number;
	/** Nothing moves in either direction, in milliseconds: longer than any healthy store thinks, shorter than a writer's deadline. */
	readonly idleMs: number;
	/** A whole request, in milliseconds: one that trickles ends too. */
	readonly requestMs: number;
	/** A connection that nobody uses, in milliseconds: kept for whoever appends now and then, given up before stores do it. */
	readonly keepAliveMs: number;
	/** Requests that read, and requests that write, at once: far above what one writer has under way, far below a store's limits. */
	readonly requestsAtOnce: number;
} = {
	connectMs: 3_000,
	idleMs: 10_000,
	requestMs: 60_000,
	keepAliveMs: 15_000,
	requestsAtOnce: 64,
};
