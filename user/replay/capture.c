/* SPDX-License-Identifier: GPL-2.0-only */
#include "capture.h"
#include "pcapng.h"
#include "stream.h"
#include <dlfcn.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 18446744072LL /* what 64 bits of nanoseconds hold: the year 2554 */

/* What is used of libpcap. */
struct library {
	void *handle;
	pcap_t *(*open)(FILE *file, u_int precision, char *error);
	int (*next)(pcap_t *pcap, struct pcap_pkthdr **header, const u_char **bytes);
	int (*link_type)(pcap_t *pcap);
	const char *(*link_name)(int type);
	char *(*error)(pcap_t *pcap);
	void (*close)(pcap_t *pcap);
};

struct capture {
	struct library library;
	struct stream stream;
	pcap_t *pcap; /* owns the stream's file; NULL: it is pcapng */
	enum capture_link link;
	struct pcapng pcapng;
	struct pcapng_packet first; /* of pcapng, which was read when it was opened */
	int first_code;		    /* of pcapng_next(); 1: it has not been handed out */
};

/* --- libpcap -------------------------------------------------------------------------------- */

/* Debian's name of version 1, the one of its own, and the one for developers. */
static const char *const names[] = {"libpcap.so.0.8", "libpcap.so.1", "libpcap.so"};

#define LOAD(member, name) \
	((library->member = (__typeof__(library->member))dlsym(library->handle, name)))

static bool load_symbols(struct library *library)
{
	return LOAD(open, "pcap_fopen_offline_with_tstamp_precision") &&
	       LOAD(next, "pcap_next_ex") && LOAD(link_type, "pcap_datalink") &&
	       LOAD(link_name, "pcap_datalink_val_to_name") && LOAD(error, "pcap_geterr") &&
	       LOAD(close, "pcap_close");
}

static int load_library(struct library *library, struct error *error)
{
	for (size_t i = 0; !library->handle && i < sizeof(names) / sizeof(*names); i++)
		library->handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (library->handle && load_symbols(library))
		return 0;
	error_set(error, -ENOSYS,
		  library->handle ? "the installed libpcap is too old: 1.5.1 or later is needed"
				  : "libpcap is not installed: `apt install libpcap0.8` (Debian, "
				    "Ubuntu) or `dnf install libpcap` (Fedora)");
	return -ENOSYS;
}

/* --- The file ------------------------------------------------------------------------------- */

/* Of pcapng, and of pcap as libpcap has it. They differ for raw IP. */
static const struct {
	unsigned type;
	enum capture_link link;
} link_types[] = {
	{DLT_EN10MB, CAPTURE_ETHERNET},
	{DLT_LINUX_SLL, CAPTURE_COOKED},
	{DLT_LINUX_SLL2, CAPTURE_COOKED2},
	{DLT_RAW, CAPTURE_RAW_IP},
	{101 /* LINKTYPE_RAW */, CAPTURE_RAW_IP},
	{DLT_IPV4, CAPTURE_RAW_IP},
	{DLT_IPV6, CAPTURE_RAW_IP},
	{DLT_NULL, CAPTURE_LOOPBACK},
	{DLT_LOOP, CAPTURE_LOOPBACK},
};

static int find_link(unsigned type, const char *name, enum capture_link *link, struct error *error)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(*link_types); i++) {
		if (link_types[i].type == type) {
			*link = link_types[i].link;
			return 0;
		}
	}
	return error_set(error, -EOPNOTSUPP,
			 "packets of link type %s%s%u%s cannot be "
			 "judged: Ethernet, Linux cooked and raw IP can",
			 name ? name : "", name ? " (" : "", type, name ? ")" : "");
}

static int open_pcap(struct capture *capture, struct error *error)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int type, code = load_library(&capture->library, error);

	if (code)
		return code;
	capture->pcap =
		capture->library.open(capture->stream.file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!capture->pcap)
		return stream_broken(&capture->stream, error)
			       ? -EPROTO
			       : error_set(error, -EPROTO, "not a capture (pcap or pcapng): %s",
					   why);
	type = capture->library.link_type(capture->pcap);
	return find_link((unsigned)type, capture->library.link_name(type), &capture->link, error);
}

/* The first packet tells whether the rest is worth a try; what is broken is told where it comes. */
static int open_pcapng(struct capture *capture, struct error *error)
{
	struct error why = {""};

	capture->pcapng.file = capture->stream.file;
	capture->first_code = pcapng_next(&capture->pcapng, &capture->first, &why);
	if (capture->first_code == 1)
		return find_link(capture->first.link, NULL, &capture->link, error);
	if (capture->first_code == 0)
		return 0;
	return stream_broken(&capture->stream, error)
		       ? -EPROTO
		       : error_set(error, capture->first_code, "%s", why.text);
}

static int open_capture(const char *path, struct capture *capture, struct error *error)
{
	const struct stream *stream = &capture->stream;
	size_t magic = strlen(PCAPNG_MAGIC);
	int code = stream_open(path, &capture->stream, error);

	if (code)
		return code;
	if (stream->head_length >= magic && memcmp(stream->head, PCAPNG_MAGIC, magic) == 0)
		return open_pcapng(capture, error);
	return open_pcap(capture, error);
}

int capture_open(const char *path, struct capture **capture, struct error *error)
{
	struct capture *made = calloc(1, sizeof(*made));
	int code =
		made ? open_capture(path, made, error) : error_set(error, -ENOMEM, "out of memory");

	if (code) {
		capture_close(made);
		return code;
	}
	*capture = made;
	return 0;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->pcap)
		capture->library.close(capture->pcap);
	else if (capture->stream.file)
		fclose(capture->stream.file);
	pcapng_free(&capture->pcapng);
	if (capture->library.handle)
		dlclose(capture->library.handle);
	free(capture);
}

/* Nanoseconds since the Epoch, from the seconds and nanoseconds of a capture. Those of pcap are 32
 * bits without a sign, which libpcap takes for one with. */
static __u64 read_time(const struct timeval *time)
{
	__s64 seconds = time->tv_sec, nanoseconds = time->tv_usec;

	if (seconds < 0 && seconds >= INT32_MIN)
		seconds += 1LL << 32;
	if (seconds < 0 || seconds > SECONDS_MAX)
		seconds = seconds < 0 ? 0 : SECONDS_MAX;
	if (nanoseconds < 0 || nanoseconds > 999999999)
		nanoseconds = 0;
	return (__u64)seconds * 1000000000 + (__u64)nanoseconds;
}

static int next_of_pcap(struct capture *capture, struct captured *packet, struct error *error)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int code = capture->library.next(capture->pcap, &header, &bytes);

	if (code == PCAP_ERROR_BREAK)
		return 0;
	if (code != 1)
		return error_set(error, -EPROTO, "%s", capture->library.error(capture->pcap));
	*packet = (struct captured){
		.time = read_time(&header->ts),
		.bytes = bytes,
		.count = header->caplen,
		.length = header->len,
		.link = capture->link,
	};
	return 1;
}

static int next_of_pcapng(struct capture *capture, struct captured *packet, struct error *error)
{
	struct pcapng_packet read = capture->first;
	enum capture_link link = capture->link;
	int code = capture->first_code;

	capture->first_code = 0;
	if (code == 0)
		code = pcapng_next(&capture->pcapng, &read, error);
	if (code != 1)
		return code;
	code = find_link(read.link, NULL, &link, error);
	if (code)
		return code;
	*packet = (struct captured){
		.time = read.time,
		.bytes = read.bytes,
		.count = read.count,
		.length = read.length,
		.link = link,
	};
	return 1;
}

int capture_next(struct capture *capture, struct captured *packet, struct error *error)
{
	int code = (capture->pcap ? next_of_pcap : next_of_pcapng)(capture, packet, error);

	if (code <= 0 && code != -EOPNOTSUPP && stream_broken(&capture->stream, error))
		return -EPROTO;
	return code;
}

int capture_progress(const struct capture *capture)
{
	return stream_progress(&capture->stream);
}
