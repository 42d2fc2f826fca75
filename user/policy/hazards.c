/* SPDX-License-Identifier: GPL-2.0-only */
#include "hazards.h"
#include <netinet/in.h>
#include <stddef.h>

#define T IPPROTO_TCP
#define U IPPROTO_UDP

/* Amplification factors: US-CERT alert TA14-017A. */
static const struct {
	__u8 proto;
	__u16 low, high;
	const char *reason;
} hazards[] = {
	{T, 7, 7, "echo: of use to attackers alone"},
	{U, 7, 7, "echo: answers forged senders, can be set against itself"},
	{T, 17, 17, "qotd: of use to attackers alone"},
	{U, 17, 17, "qotd: amplifies towards forged senders"},
	{T, 19, 19, "chargen: of use to attackers alone"},
	{U, 19, 19, "chargen: amplifies towards forged senders"},
	{T, 21, 21, "ftp: passwords and data in clear text"},
	{T, 23, 23, "telnet: passwords and sessions in clear text"},
	{T, 25, 25, "smtp: an open relay sends spam in this host's name"},
	{U, 53, 53, "dns: a resolver open to all amplifies towards forged senders"},
	{U, 69, 69, "tftp: files for all, no passwords; amplifies"},
	{T, 79, 79, "finger: tells strangers who works here"},
	{T, 110, 110, "pop3: passwords in clear text unless STARTTLS is forced"},
	{T, 111, 111, "portmapper: lists RPC services to strangers"},
	{U, 111, 111, "portmapper: lists RPC services, amplifies"},
	{U, 123, 123, "ntp: old servers amplify (monlist, mode 6)"},
	{T, 135, 135, "Microsoft RPC: a way in for worms"},
	{T, 137, 139, "NetBIOS: file sharing for a local network only"},
	{U, 137, 139, "NetBIOS: file sharing for a local network only; amplifies"},
	{T, 143, 143, "imap: passwords in clear text unless STARTTLS is forced"},
	{T, 161, 162, "snmp: communities in clear text"},
	{U, 161, 162, "snmp: communities in clear text up to v2; amplifies"},
	{T, 389, 389, "ldap: passwords in clear text unless STARTTLS is forced"},
	{U, 389, 389, "cldap: amplifies towards forged senders, 50 fold and more"},
	{T, 445, 445, "smb: file sharing, a way in for worms"},
	{T, 512, 514, "rexec, rlogin, rsh: clear text, trust in addresses"},
	{U, 514, 514, "syslog: strangers can write into the logs"},
	{U, 520, 520, "rip: strangers can change routes; amplifies"},
	{T, 623, 623, "ipmi: rule over the whole machine"},
	{U, 623, 623, "ipmi: rule over the whole machine, weak passwords can be read"},
	{T, 873, 873, "rsync: clear text, often without passwords"},
	{T, 1433, 1433, "sql server: a database for the hosts that use it only"},
	{T, 1521, 1521, "oracle: a database for the hosts that use it only"},
	{U, 1900, 1900, "ssdp: for a local network only; amplifies"},
	{T, 2049, 2049, "nfs: trusts the user numbers that clients name"},
	{U, 2049, 2049, "nfs: trusts the user numbers that clients name"},
	{T, 2375, 2375, "docker: root on this host without a password"},
	{T, 2379, 2380, "etcd: often without passwords; holds a cluster's secrets"},
	{U, 3283, 3283, "apple remote desktop: amplifies towards forged senders"},
	{T, 3306, 3306, "mysql: a database for the hosts that use it only"},
	{T, 3389, 3389, "rdp: a favourite of password guessers"},
	{U, 3389, 3389, "rdp: a favourite of password guessers; amplifies"},
	{U, 3702, 3702, "ws-discovery: for a local network only; amplifies"},
	{U, 5353, 5353, "mdns: for a local network only; amplifies"},
	{T, 5432, 5432, "postgresql: a database for the hosts that use it only"},
	{T, 5900, 5999, "vnc: weak passwords, no encryption"},
	{T, 5985, 5985, "winrm: commands in clear text"},
	{T, 6000, 6063, "x11: whoever connects sees and types all"},
	{T, 6379, 6379, "redis: often without a password; leads to root"},
	{T, 8009, 8009, "ajp: trusts whatever the proxy says"},
	{T, 9200, 9200, "elasticsearch: often without passwords"},
	{T, 9300, 9300, "elasticsearch: often without passwords"},
	{T, 10250, 10250, "kubelet: commands in containers"},
	{T, 11211, 11211, "memcached: no passwords"},
	{U, 11211, 11211, "memcached: amplifies towards forged senders, 10000 fold and more"},
	{T, 27017, 27019, "mongodb: often without passwords"},
};

const char *hazard_of(__u8 proto, __u16 port)
{
	for (size_t i = 0; i < sizeof(hazards) / sizeof(hazards[0]); i++)
		if (hazards[i].proto == proto && hazards[i].low <= port && hazards[i].high >= port)
			return hazards[i].reason;
	return NULL;
}
