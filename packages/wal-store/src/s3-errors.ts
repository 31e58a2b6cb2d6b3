import { abortedError, WalError, type WalErrorOptions, type WriteOutcome } from "@memwal/wal-runtime";
import { STORE_CODES } from "./providers.ts";
import { type Exchange, RequestFailure } from "./s3-exchange.ts";

/** A request that did not give what it was made for. */
export interface FailedS3Request {
	/** What was tried: "read a/b". */
	readonly what: string;
	readonly key?: string | undefined;
	readonly writes: boolean;
	readonly bucket: string;
	readonly exchange: Exchange;
	readonly signal: AbortSignal | undefined;
}

/** What a store answered in place of what it was asked for. */
export interface Refusal {
	/** The store's own code; undefined where it gave none, as to a HEAD, or where a proxy answered. */
	readonly code: string | undefined;
	readonly status: number;
	readonly message: string;
	/** Where the bucket is, if the answer says so. */
	readonly region: string | undefined;
	/** Whether the SDK has set its clock right by this answer. */
	readonly clockCorrected: boolean;
	readonly requestId: string | undefined;
}

/** The answer behind an error of the SDK; undefined where no answer came. */
export function refusalOf(error: unknown): Refusal | undefined {
	const { name, message, Region, $metadata, $response } = error as {
		readonly name?: string;
		readonly message?: string;
		readonly Region?: string;
		readonly $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean; requestId?: string };
		readonly $response?: { headers?: Record<string, string> };
	};
	const status = $metadata?.httpStatusCode;
	if (status === undefined) return undefined;
	return {
		code: name !== undefined && /^[A-Z]\w+$/.test(name) && !NO_CODES.has(name) ? name : undefined,
		status,
		message: message ?? "",
		region: Region ?? $response?.headers?.["x-amz-bucket-region"],
		clockCorrected: $metadata?.clockSkewCorrected === true,
		requestId: $metadata?.requestId,
	};
}

/** Names that the SDK gives to answers without a code. */
const NO_CODES: ReadonlySet<string> = new Set(["Unknown", "UnknownError", "NotFound", "Error"]);

/** The typed error of a failed request: its code says whether trying again, or somebody else, can help. */
export function s3Error(error: unknown, failed: FailedS3Request): WalError {
	if (error instanceof RequestFailure) return unansweredError(error, failed);
	const refusal = refusalOf(error);
	return refusal ? refusedError(refusal, failed) : unsentError(error, failed);
}

function unansweredError(failure: RequestFailure, failed: FailedS3Request): WalError {
	const outcome = outcomeIf(failed, failed.exchange.reached ? "unknown" : "not-written");
	if (failure.stopped === "aborted") return abortedError(failed.signal, outcome.outcome);
	const { key } = failed;
	const place = key === undefined ? {} : { key };
	const message = `could not ${failed.what}: ${failure.message}; ${remedyFor(failure)}`;
	if (failure.stopped === "timeout") {
		return new WalError("WAL_TIMEOUT", message, { ...outcome, details: place, cause: failure });
	}
	const { code } = failure;
	return new WalError("WAL_UNAVAILABLE", message, {
		...outcome,
		details: { ...place, ...(code === undefined ? {} : { reason: code }) },
		cause: failure,
	});
}

function remedyFor({ code }: RequestFailure): string {
	if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
		return "the store's certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS";
	}
	if (code === "ENOTFOUND") return "no such host is known; correct the endpoint or the region";
	return "try again, and look after the network if it stays so";
}

/** Neither an answer nor a request that went wrong: the SDK had no credentials, or no region, to make one. */
function unsentError(error: unknown, failed: FailedS3Request): WalError {
	const { name = "Error", message = String(error) } = error as { readonly name?: string; readonly message?: string };
	const outcome = outcomeIf(failed, failed.exchange.reached ? "unknown" : "not-written");
	const place = failed.key === undefined ? {} : { key: failed.key };
	const cause = new StoreAnswer(name, message);
	const text = `could not ${failed.what} (${message})`;
	if (/credential|token|sso/i.test(name) || /credential|profile/i.test(message)) {
		return new WalError("WAL_DENIED", `${text}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile`, {
			...outcome,
			details: { ...place, reason: "credentials" },
			cause,
		});
	}
	if (/region/i.test(message)) {
		return new WalError("WAL_INVALID", `${text}: give the bucket's region, in the URL or as AWS_REGION`, {
			...outcome,
			details: place,
			cause,
		});
	}
	return new WalError("WAL_UNAVAILABLE", text, { ...outcome, details: { ...place, reason: name }, cause });
}

function refusedError(refusal: Refusal, failed: FailedS3Request): WalError {
	const { code, status, message, region, clockCorrected } = refusal;
	const { what, key, bucket } = failed;
	const said = `could not ${what} (${[status, code].filter(Boolean).join(" ")}${message && code ? `: ${message}` : ""})`;
	const place = key === undefined ? {} : { key };
	const cause = new StoreAnswer(code ?? `HTTP ${status}`, message, refusal.requestId);
	const options = { ...outcomeIf(failed, outcomeOfRefusal(refusal)), cause };
	const invalid = (remedy: string) => new WalError("WAL_INVALID", `${said}: ${remedy}`, { ...options, details: place });
	const denied = (reason: "credentials" | "permission" | "no-space", remedy: string) =>
		new WalError("WAL_DENIED", `${said}: ${remedy}`, { ...options, details: { ...place, reason } });
	const unavailable = (remedy: string) =>
		new WalError("WAL_UNAVAILABLE", `${said}: ${remedy}`, {
			...options,
			details: { ...place, reason: code ?? `HTTP ${status}` },
		});

	const special = code === undefined ? undefined : STORE_CODES[code];
	switch (special?.means) {
		case "no space":
			return denied("no-space", "free some space, or raise the quota");
		case "credentials":
			return denied("credentials", CREDENTIALS_REMEDY);
		case "no object can have that key here":
			return invalid("there can be no object of that name here; use another");
		default:
	}
	switch (code) {
		case "NoSuchBucket":
			return invalid(`there is no bucket ${bucket}; create it, or correct the URL`);
		case "PermanentRedirect":
		case "TemporaryRedirect":
		case "AuthorizationHeaderMalformed":
		case "IllegalLocationConstraintException":
			return invalid(regionRemedy(bucket, region));
		case "AccessDenied":
		case "AllAccessDisabled":
		case "AccountProblem":
			return denied("permission", PERMISSION_REMEDY);
		case "ExpiredToken":
		case "InvalidAccessKeyId":
		case "InvalidToken":
		case "SignatureDoesNotMatch":
		case "TokenRefreshRequired":
			return denied("credentials", CREDENTIALS_REMEDY);
		case "RequestTimeTooSkewed":
		case "RequestExpired":
			return clockCorrected
				? unavailable("this machine's clock is wrong; the store's time is used from now on, so try again")
				: denied("credentials", "this machine's clock is wrong; set it");
		case "BadDigest":
		case "IncompleteBody":
		case "XAmzContentChecksumMismatch":
			return unavailable("the body was damaged on its way; try again");
		case "EntityTooLarge":
		case "KeyTooLongError":
			return invalid("the store does not take it");
		case "NotImplemented":
			return new WalError("WAL_STORE_UNSAFE", `${said}: the store cannot create an object only if it is absent`, {
				...options,
				details: place,
			});
		default:
	}
	if (status === 301 || status === 307) return invalid(regionRemedy(bucket, region));
	if (status === 401 || status === 403) return denied("permission", PERMISSION_REMEDY);
	if (isDefinite(refusal)) return invalid("the store refuses such a request");
	return unavailable("try again, and look after the store if it stays so");
}

const CREDENTIALS_REMEDY = "give the credentials of this store, or new ones";
const PERMISSION_REMEDY =
	"allow s3:GetObject, s3:PutObject and s3:ListBucket (without the last, what is absent is answered as forbidden)";

function regionRemedy(bucket: string, region: string | undefined): string {
	return region === undefined
		? `the bucket ${bucket} is in another region; name it, in the URL (?region=…) or as AWS_REGION`
		: `the bucket ${bucket} is in ${region}; say so, in the URL (?region=${region}) or as AWS_REGION`;
}

/** Whether nothing was written, and never will be by this request: the store said so by a code of its own. */
function isDefinite({ code, status }: Refusal): boolean {
	if (code === undefined || UNDECIDED.has(code)) return false;
	if (code === "NotImplemented" || STORE_CODES[code]) return true;
	return status >= 300 && status < 500 && status !== 408 && status !== 409 && status !== 429;
}

/** Codes of answers below 500 after which the object may be there. */
const UNDECIDED: ReadonlySet<string> = new Set(["RequestTimeout", "OperationAborted", "SlowDown", "InternalError"]);

function outcomeOfRefusal(refusal: Refusal): WriteOutcome {
	return isDefinite(refusal) ? "not-written" : "unknown";
}

function outcomeIf({ writes }: FailedS3Request, outcome: WriteOutcome): Pick<WalErrorOptions<never>, "outcome"> {
	return writes ? { outcome } : {};
}

/** What a store said. The SDK's own errors carry requests and answers, and with them signatures and tokens. */
class StoreAnswer extends Error {
	/** The store's code, or the name of what went wrong before it was asked. */
	readonly code: string;
	/** What the store's operator finds the request by. */
	readonly requestId: string | undefined;

	constructor(code: string, message: string, requestId?: string) {
		super(message);
		this.code = code;
		this.requestId = requestId;
	}

	override get name(): string {
		return "StoreAnswer";
	}
}
