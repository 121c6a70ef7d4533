import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { UserError } from '../errors.ts';

/**
 * Addresses that no target may have, however it is named: link-local (where clouds keep credentials), multicast, broadcast,
 * unspecified. Private and loopback networks are where targets live, so those stay allowed.
 */
const forbidden = new BlockList();
forbidden.addSubnet('0.0.0.0', 8, 'ipv4');
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('224.0.0.0', 4, 'ipv4');
forbidden.addAddress('255.255.255.255', 'ipv4');
forbidden.addAddress('::', 'ipv6');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addSubnet('ff00::', 8, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');

function isForbidden(address: string): boolean {
  return forbidden.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** @throws UserError where the host of a URL is written as a forbidden address; names are checked when they are resolved. */
export function refuseForbiddenHost(hostname: string): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && isForbidden(bare)) throw new UserError('scrape_failed', refusal(bare));
}

/** Resolves a name and connects only to what was checked, so that a second answer of the name server cannot slip in. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, []);
      return;
    }
    const bad = addresses.find(({ address }) => isForbidden(address));
    const [first] = addresses;
    if (bad) callback(new Error(refusal(bad.address)), []);
    else if (options.all) callback(null, addresses);
    else if (first) callback(null, first.address, first.family);
    else callback(new Error(`${hostname} has no address`), []);
  });
};

function refusal(address: string): string {
  return `${address} is a link-local, multicast or unspecified address, which is never scraped`;
}
