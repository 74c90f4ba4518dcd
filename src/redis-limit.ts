/**
 * How long an answer of Redis is waited for. It answers in a millisecond; this is for one that is stopped or far away. By
 * itself, so that who minds it loads no client of Redis.
 */
export const commandLimitMs = 500;
