/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bytes of a frame. The linear part is read in place; a header that lies behind it (the frame has
 * fragments) is copied. The same interface serves the XDP programs, the egress programs
 * (FRAME_IS_SKB is defined), whose frames are socket buffers, and the native build.
 */
#ifndef PORTFW_BPF_FRAME_H
#define PORTFW_BPF_FRAME_H

#include "wire.h"

#include <stdbool.h>

/* No header starts further in: 2 tags, PPPoE, IPv6 and 8 extension headers of 2 KiB. The verifier
 * wants offsets into a packet below 64 KiB. */
#define FRAME_OFFSET_MAX 0x7fff

#ifdef __bpf__
#ifdef FRAME_IS_SKB
typedef struct __sk_buff frame_context;
#else
typedef struct xdp_md frame_context;
#endif
/* A function that the verifier checks once, by itself, not once for each path that leads to it.
 * Such functions take the context and numbers and return a number (Linux 5.10). */
#define VERIFIED_ALONE __attribute__((noinline))
/* In such a function, of an argument that it does not use: the compiler would leave that undefined,
 * and the verifier refuses such calls. */
#define UNUSED_ARGUMENT(argument) asm volatile("" : : "r"(argument))
#else
/* A frame in memory: `linear` bytes of its `length` are what the program would see in place. */
typedef struct {
	const __u8 *bytes;
	__u32 linear, length;
	bool cut;    /* a capture was cut: of the frame there is no more than the linear part */
	bool missed; /* and something behind that was asked for */
} frame_context;
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define VERIFIED_ALONE static __attribute__((unused))
#define UNUSED_ARGUMENT(argument) ((void)(argument))
#endif

struct frame {
	const __u8 *data, *end; /* the linear part */
	__u32 length;		/* of the whole frame; 0 while not asked for */
	frame_context *context;
};

#ifdef __bpf__
static __always_inline struct frame frame_of(frame_context *context)
{
	return (struct frame){
		.data = (const __u8 *)(long)context->data,
		.end = (const __u8 *)(long)context->data_end,
		.context = context,
	};
}

#ifdef FRAME_IS_SKB
static __always_inline __u32 frame_length_beyond(const struct frame *frame)
{
	return frame->context->len;
}

static __always_inline bool frame_copy_beyond(const struct frame *frame, __u32 offset, __u32 size,
					      void *buffer)
{
	return !bpf_skb_load_bytes(frame->context, offset, buffer, size);
}
#else
/* The kernel has bpf_xdp_get_buff_len() and bpf_xdp_load_bytes() (5.18). Set before load. */
extern const volatile bool frames_have_fragments;

static __always_inline __u32 frame_length_beyond(const struct frame *frame)
{
	return frames_have_fragments ? bpf_xdp_get_buff_len(frame->context)
				     : (__u32)(frame->end - frame->data);
}

static __always_inline bool frame_copy_beyond(const struct frame *frame, __u32 offset, __u32 size,
					      void *buffer)
{
	return frames_have_fragments && !bpf_xdp_load_bytes(frame->context, offset, buffer, size);
}
#endif
#else
static __always_inline struct frame frame_of(frame_context *context)
{
	return (struct frame){
		.data = context->bytes,
		.end = context->bytes + context->linear,
		.context = context,
	};
}

static __always_inline __u32 frame_length_beyond(const struct frame *frame)
{
	return frame->context->length;
}

static __always_inline bool frame_copy_beyond(const struct frame *frame, __u32 offset, __u32 size,
					      void *buffer)
{
	if (offset > frame->context->length || size > frame->context->length - offset)
		return false;
	if (frame->context->cut) {
		frame->context->missed = true;
		return false;
	}
	__builtin_memcpy(buffer, frame->context->bytes + offset, size);
	return true;
}
#endif

/* Length of the whole frame, asked for once. */
static __always_inline __u32 frame_length(struct frame *frame)
{
	if (!frame->length)
		frame->length = frame_length_beyond(frame);
	return frame->length;
}

/* Whether the frame holds `size` bytes from `offset` on. */
static __always_inline bool frame_holds(struct frame *frame, __u32 offset, __u32 size)
{
	return offset + size <= (__u32)(frame->end - frame->data) ||
	       offset + size <= frame_length(frame);
}

/* `size` bytes at `offset`, in place or copied to `buffer`; NULL: the frame ends before. `size` is
 * a constant, `buffer` has room for it. */
static __always_inline const void *frame_read(struct frame *frame, __u32 offset, __u32 size,
					      void *buffer)
{
	const __u8 *start;

	if (offset > FRAME_OFFSET_MAX)
		return 0;
	start = frame->data + offset;
	if (start + size <= frame->end)
		return start;
	return frame_copy_beyond(frame, offset, size, buffer) ? buffer : 0;
}

#endif
