import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { publicAddress, publicIPv4, viewerAddress } from "../../src/datasources/address.ts";

test.each([
  ["8.8.8.8", "8.8.8.8"],
  ["192.0.2.10", "192.0.2.10"],
  ["198.51.100.7", "198.51.100.7"],
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["::FFFF:102:304", "1.2.3.4"],
])("%s is sent as %s", (text, address) => {
  expect(publicIPv4(text)).toBe(address);
  expect(publicAddress.parse(text)).toBe(address);
});

test.each([
  ["127.0.0.1", /loopback/],
  ["::ffff:127.0.0.1", /loopback/],
  ["10.0.0.1", /private/],
  ["172.16.0.1", /private/],
  ["192.168.1.1", /private/],
  ["169.254.1.1", /link-local/],
  ["100.64.0.1", /carrier/],
  ["224.0.0.1", /multicast/],
  ["255.255.255.255", /broadcast/],
  ["0.0.0.0", /unspecified/],
  ["0.1.2.3", /unspecified/],
  ["240.0.0.1", /reserved/],
  ["198.18.0.1", /reserved/],
  ["192.88.99.1", /reserved/],
  ["::1", /IPv6/],
  ["2001:db8::1", /IPv6/],
  ["fe80::1%eth0", /IPv6/],
  ["2002:808:808::1", /IPv6/],
  ["0x8.8.8.8", /no IP address/],
  ["010.8.8.8", /no IP address/],
  ["8.8", /no IP address/],
  ["134744072", /no IP address/],
  ["8.8.8.8 ", /no IP address/],
  ["8.8.8.8/32", /no IP address/],
  ["example.com", /no IP address/],
  ["", /no IP address/],
])("%j is refused with a reason", (text, reason) => {
  expect(publicIPv4(text)).toBeNull();
  expect(publicAddress.safeParse(text).error?.issues[0]?.message).toMatch(reason);
});

test("whatever is taken comes out as four decimal numbers, the same ones", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.string()), (text) => {
      const address = publicIPv4(text);
      if (address === null) return;
      expect(address).toMatch(/^\d{1,3}(\.\d{1,3}){3}$/);
      if (!text.includes(":")) expect(address).toBe(text);
    }),
  );
});

test("what the viewer gives goes before what the connection shows", () => {
  expect(viewerAddress("192.0.2.10", "8.8.8.8")).toBe("192.0.2.10");
  expect(viewerAddress(null, "8.8.8.8")).toBe("8.8.8.8");
  expect(viewerAddress(null, "127.0.0.1")).toBeNull();
  expect(viewerAddress(null, null)).toBeNull();
});
