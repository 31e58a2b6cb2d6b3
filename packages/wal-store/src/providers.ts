/** How it is known what a store does. */
export type Evidence = "measured" | "documented" | "reported";

/** One kind of store that speaks S3, as far as it is not as AWS is. */
export interface S3Provider {
	readonly name: string;
	/** Hosts by which it is known; absent for what people run themselves. */
	readonly host?: RegExp | undefined;
	/** Buckets by which it is known. */
	readonly bucket?: RegExp | undefined;
	/** Whether of many creators under `If-None-Match: *` exactly one wins. */
	readonly safe: "yes" | "under conditions" | "no";
	readonly evidence: Evidence;
	/** What has to be known about it, one fact each. */
	readonly facts: readonly string[];
	/** Why the driver does not open it, where it cannot be used. */
	readonly refusal?: string | undefined;
	/** The region it takes where none is given; otherwise `us-east-1`, and for AWS what is configured. */
	readonly region?: string | undefined;
	/** Where the bucket's name goes; `path` for all others. */
	readonly addressing?: "virtual-host" | undefined;
	readonly sources: readonly string[];
}

/** Per store what differs, with where it is known from. `qualify` finds out about the very store that is used. */
export const PROVIDERS: readonly S3Provider[] = [
	{
		name: "AWS S3",
		host: /(^|\.)s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?$/,
		addressing: "virtual-host",
		safe: "yes",
		evidence: "documented",
		facts: [
			"the first write to finish wins, later ones get 412",
			"409 ConditionalRequestConflict when the key is deleted meanwhile: nothing was written, and the write is repeated",
			"reads and lists are strongly consistent",
			"503 SlowDown above 3,500 writes and 5,500 reads a second and prefix",
		],
		sources: ["https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"],
	},
	{
		name: "S3 Express One Zone",
		bucket: /--x-s3$/,
		safe: "no",
		evidence: "documented",
		facts: ["lists come in no order", "a single zone"],
		refusal: "it does not list in the order of keys",
		sources: ["https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"],
	},
	{
		name: "Cloudflare R2",
		host: /\.r2\.cloudflarestorage\.com$/,
		safe: "yes",
		evidence: "documented",
		facts: ["strongly consistent", "429 above one write a second to the same key: the write is repeated"],
		region: "auto",
		sources: [
			"https://developers.cloudflare.com/r2/reference/consistency/",
			"https://developers.cloudflare.com/r2/platform/limits/",
		],
	},
	{
		name: "Tigris",
		host: /(^|\.)(fly\.storage\.tigris\.dev|t3\.storage\.dev|tigrisfiles\.io)$/,
		safe: "under conditions",
		evidence: "documented",
		facts: ["strong only in single- and multi-region buckets; global and dual ones only within one region"],
		region: "auto",
		sources: ["https://www.tigrisdata.com/docs/concepts/consistency"],
	},
	{
		name: "CoreWeave",
		host: /\.(cwobject|cwlota)\.com$/,
		safe: "yes",
		evidence: "documented",
		facts: ["a losing racer gets 409 first, and 412 when it repeats the write"],
		sources: ["https://docs.coreweave.com/products/storage/object-storage/buckets/conditional-requests"],
	},
	{
		name: "Scaleway",
		host: /(^|\.)scw\.cloud$/,
		safe: "yes",
		evidence: "documented",
		facts: ["If-None-Match and If-Match on writes"],
		sources: ["https://www.scaleway.com/en/docs/object-storage/api-cli/using-conditional-writes/"],
	},
	{
		name: "Google Cloud Storage, XML API",
		host: /(^|\.)storage\.googleapis\.com$/,
		safe: "no",
		evidence: "documented",
		facts: ["If-None-Match works on reads only"],
		refusal: "it takes If-None-Match for reads only",
		sources: ["https://cloud.google.com/storage/docs/request-preconditions"],
	},
	{
		name: "Backblaze B2",
		host: /(^|\.)backblazeb2\.com$/,
		safe: "no",
		evidence: "reported",
		facts: ["501 NotImplemented for a write with If-None-Match"],
		refusal: "it does not implement If-None-Match for writes",
		sources: ["https://github.com/sathinduga/obsidian-s3-sync-and-backup/issues/78"],
	},
	{
		name: "Alibaba Cloud OSS",
		host: /(^|\.)aliyuncs\.com$/,
		safe: "no",
		evidence: "documented",
		facts: ["forbids overwriting by a header of its own (x-oss-forbid-overwrite)"],
		refusal: "it knows create-if-absent by a header of its own only",
		sources: [
			"https://www.alibabacloud.com/help/en/oss/developer-reference/prevent-objects-with-the-same-names-from-being-overwritten",
		],
	},
	{
		name: "Tencent Cloud COS",
		host: /(^|\.)myqcloud\.com$/,
		safe: "no",
		evidence: "documented",
		facts: ["forbids overwriting by a header of its own (x-cos-forbid-overwrite)"],
		refusal: "it knows create-if-absent by a header of its own only",
		sources: ["https://www.tencentcloud.com/document/product/436/7749"],
	},
	{
		name: "MinIO",
		safe: "yes",
		evidence: "measured",
		facts: [
			"the first write to start wins; the others wait for it",
			"lists leave out what lies below a key that is an object itself (`a` hides `a/b`)",
			"a write that stalls half way blocks reads and writes of its key for 30 s",
			"an early 412 can reach the client as a reset when the body has several megabytes",
		],
		sources: ["600 races of 32 creators, at 7aac2a2c5b7c (2026-02-12)"],
	},
	{
		name: "VersityGW, posix",
		safe: "under conditions",
		evidence: "measured",
		facts: [
			"one winner since 1.8.0; before, 2 to 32",
			"an object's key cannot also be a folder of others (`a` and `a/b`)",
			"409 ExistingObjectIsDirectory, rarely, while a folder is emptied: the write is repeated",
			"404 for an access key that it does not know",
			"does not fsync: a power cut may take what was acknowledged",
			"an early 412 can reach the client as a reset when the body has several megabytes",
		],
		sources: ["600 races of 32 creators, at 1.8.0", "https://github.com/versity/versitygw/issues/2288"],
	},
	{
		name: "Ceph radosgw",
		safe: "yes",
		evidence: "measured",
		facts: ["one winner, and 412 for all others"],
		sources: ["400 races of 16 creators, at 16.2.15"],
	},
	{
		name: "Garage",
		safe: "no",
		evidence: "documented",
		facts: ["has no consensus, so that two creators can both win"],
		sources: ["https://garagehq.deuxfleurs.fr/documentation/design/goals/"],
	},
	{
		name: "s3rver, fauxqs, S3Mock, s3s-fs",
		safe: "no",
		evidence: "measured",
		facts: ["several creators win, up to all of them: made for other tests than these"],
		sources: ["s3rver 3.7.1, fauxqs 2.4.1, S3Mock 4.11.0 and 5.0.0, s3s-fs 0.14.1"],
	},
];

/** What is known about the store that holds a bucket, by its names alone; without an endpoint it is AWS. */
export function providerOf(endpoint: URL | undefined, bucket: string): S3Provider | undefined {
	const hostname = endpoint?.hostname ?? "s3.amazonaws.com";
	const byBucket = PROVIDERS.find((provider) => provider.bucket?.test(bucket));
	return byBucket ?? PROVIDERS.find(({ host }) => host?.test(hostname));
}

/** What a code that only some stores have says about a write. */
export interface StoreCode {
	readonly means: "no object can have that key here" | "no space" | "credentials";
	/** The store that answers it. */
	readonly store: string;
}

/** Codes that AWS does not have. Nothing was written where a store answers one of them. */
export const STORE_CODES: Readonly<Record<string, StoreCode>> = {
	ObjectParentIsFile: { means: "no object can have that key here", store: "VersityGW: a part of the key is an object" },
	XMinioParentIsObject: { means: "no object can have that key here", store: "MinIO: a part of the key is an object" },
	XAdminUserNotFound: { means: "credentials", store: "VersityGW, with 404: there is no such access key" },
	QuotaExceeded: { means: "no space", store: "VersityGW: the bucket's quota" },
	XMinioAdminBucketQuotaExceeded: { means: "no space", store: "MinIO: the bucket's quota" },
};
