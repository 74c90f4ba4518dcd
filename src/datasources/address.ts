/**
 * Which addresses of viewers may leave this gateway. Cleeng counts addresses a customer, so one that isn't the
 * viewer's own uses up a slot of everybody behind it. Knows nothing of headers, proxies or sockets.
 */
import ipaddr from "ipaddr.js";
import { z } from "zod";

type IPv4Range = ReturnType<ipaddr.IPv4["range"]>;

/** Why an address of that range is not sent; null where it is. The library's ranges, so a new one must be judged here. */
const refusals: Record<IPv4Range, string | null> = {
  unicast: null,
  // Besides what nobody routes, the library counts the documentation ranges among these: see `documentation`.
  reserved: "it is reserved and belongs to no viewer",
  unspecified: "it is unspecified",
  broadcast: "it is a broadcast address",
  multicast: "it is a multicast address",
  linkLocal: "it is link-local",
  loopback: "it is a loopback address",
  carrierGradeNat: "it is shared by the customers of a carrier (100.64.0.0/10)",
  private: "it is a private address",
  benchmarking: "it is kept for benchmarks",
  amt: "it is an anycast relay, not a viewer",
  as112: "it is an anycast name server, not a viewer",
};

/** Nobody's proxy or network has one of these, and the vendors' own examples do: taken when they are given. */
const documentation = [
  ipaddr.IPv4.parseCIDR("192.0.2.0/24"),
  ipaddr.IPv4.parseCIDR("198.51.100.0/24"),
  ipaddr.IPv4.parseCIDR("203.0.113.0/24"),
];

type Judged = { readonly ok: true; readonly address: string } | { readonly ok: false; readonly reason: string };

/** Four decimal numbers; null for anything else. Octal, hexadecimal and short forms name other addresses to other readers. */
function readIPv4(text: string): ipaddr.IPv4 | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : null;
}

function judge(text: string): Judged {
  const address = readIPv4(text);
  if (address === null) {
    const reason = ipaddr.IPv6.isValid(text) ? "it is IPv6, which Cleeng does not take" : "it is no IP address";
    return { ok: false, reason };
  }
  const reason = documentation.some((range) => address.match(range)) ? null : refusals[address.range()];
  return reason === null ? { ok: true, address: address.toString() } : { ok: false, reason };
}

/**
 * The address in its usual form where it is public unicast IPv4, else null. IPv4 within IPv6 (::ffff:1.2.3.4) is read
 * as the IPv4 that it is.
 */
export function publicIPv4(text: string): string | null {
  const judged = judge(text);
  return judged.ok ? judged.address : null;
}

/** An address given as an argument: its usual form, or a sentence that says what is wrong with it. */
export const publicAddress = z.string().transform((text, context) => {
  const judged = judge(text);
  if (judged.ok) return judged.address;
  context.addIssue(`Expected a public IPv4 address such as 192.0.2.10, but ${judged.reason}. Send the viewer's own.`);
  return z.NEVER;
});

/**
 * The address to send for a viewer: the one given, else the connection's where that is public, else null. A proxy's
 * or a loopback address is thus never sent in the viewer's name.
 */
export function viewerAddress(given: string | null, connection: string | null): string | null {
  return given ?? (connection === null ? null : publicIPv4(connection));
}

/** Whether the address is this machine's own. False for what is no address. */
export function isLoopback(text: string): boolean {
  return ipaddr.isValid(text) && ipaddr.process(text).range() === "loopback";
}
