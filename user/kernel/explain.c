/* SPDX-License-Identifier: GPL-2.0-only */
#include "explain.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"

int explain_start(const struct instance *instance, struct error *error)
{
	char path[PATH_MAX];
	int code, fd = object_load_explain(instance, error);

	if (fd < 0)
		return fd;
	code = pin_make(fd, pin_path(path, instance->pin_dir, PIN_EXPLAIN, 0), error);
	close(fd);
	return code;
}

static int run(int program, const unsigned char *bytes, size_t length, enum reason *reason,
	       struct error *error)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = (__u32)length,
		    .repeat = 1);
	int code = bpf_prog_test_run_opts(program, &options);

	if (code)
		return error_set(error, code, "the kernel does not run the frame: %s",
				 strerror(-code));
	if (options.retval == REASON_NONE || options.retval >= REASON_COUNT)
		return error_set(error, -EINVAL, "the program does not judge such a frame");
	*reason = options.retval;
	return 0;
}

int explain_ask(const struct instance *instance, const struct explain_request *request,
		const void *frame, size_t length, enum reason *reason, struct error *error)
{
	unsigned char *bytes;
	char path[PATH_MAX];
	int code, program = bpf_obj_get(pin_path(path, instance->pin_dir, PIN_EXPLAIN, 0));

	if (program < 0)
		return error_set(error, program, "cannot open %s: %s: run `portfw restore`", path,
				 strerror(-program));
	bytes = malloc(sizeof(*request) + length);
	if (bytes) {
		memcpy(bytes, request, sizeof(*request));
		memcpy(bytes + sizeof(*request), frame, length);
		code = run(program, bytes, sizeof(*request) + length, reason, error);
	} else {
		code = error_set(error, -ENOMEM, "out of memory");
	}
	free(bytes);
	close(program);
	return code;
}
