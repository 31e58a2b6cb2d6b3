/**
 * An HTTP proxy that breaks requests on purpose, and the real S3 server to put behind it.
 *
 * @module
 */
export { type S3Server, startS3Server } from "./s3-server.ts";
export type { FaultName, FaultStatus, WireFault } from "./wire-fault.ts";
export { type FaultPlan, type ServerVisit, WireProxy, type WireProxyOptions } from "./wire-proxy.ts";
export { REQUEST_KINDS, type RequestKind, requestKindOf, type WireRequest } from "./wire-request.ts";
