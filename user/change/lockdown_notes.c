/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown_notes.h"
#include "host/socket_kill.h"
#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <netinet/in.h>
#include <string.h>

/* --- Mounts ---------------------------------------------------------------------------------- */

static bool begins_with_one_of(const char *word, const char *const *list, size_t count, bool whole)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(list[i]);

		if (strncmp(word, list[i], length) == 0 && (!whole || !word[length]))
			return true;
	}
	return false;
}

static bool is_network_mount(const struct mntent *mount)
{
	static const char *const types[] = {
		"nfs",	       "nfs4",	   "cifs",	 "smb3",	   "smbfs",	"ceph",
		"afs",	       "coda",	   "ncpfs",	 "lustre",	   "gfs2",	"ocfs2",
		"beegfs",      "orangefs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs",
		"fuse.rclone",
	};
	static const char *const devices[] = {"/dev/nbd", "/dev/rbd", "/dev/drbd"};

	return begins_with_one_of(mount->mnt_type, types, sizeof(types) / sizeof(*types), true) ||
	       begins_with_one_of(mount->mnt_fsname, devices, sizeof(devices) / sizeof(*devices),
				  false);
}

/* Whether an iSCSI session exists: its disks look like others. */
static bool has_iscsi(void)
{
	DIR *directory = opendir("/sys/class/iscsi_session");
	const struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	return found;
}

void lockdown_note_mounts(const struct notes *notes)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;

	while (mounts && (mount = getmntent(mounts)))
		if (is_network_mount(mount))
			notes_add(
				notes, NOTE_WARNING,
				"%s is on the network (%s, %s): it hangs unless its server is kept",
				mount->mnt_dir, mount->mnt_type, mount->mnt_fsname);
	if (mounts)
		endmntent(mounts);
	if (has_iscsi())
		notes_add(notes, NOTE_WARNING,
			  "disks are attached by iSCSI: they hang unless their server is kept");
}

/* --- Connections ----------------------------------------------------------------------------- */

static bool is_cut(const struct socket_info *socket, const struct lockdown *lockdown)
{
	const struct prefix remote = endpoint_prefix(&socket->remote);

	return socket->protocol == IPPROTO_TCP && !endpoint_is_loopback(&socket->remote) &&
	       !lockdown_keeps(lockdown, &remote);
}

void lockdown_kill(const struct lockdown *lockdown, const struct notes *notes)
{
	_cleanup_socket_list_ struct socket_list sockets = {NULL, 0};
	struct error error = {""};
	unsigned killed = 0;
	int code = sockets_list(SOCKETS_CONNECTED, &sockets, &error), failure = 0;

	if (code) {
		notes_add(notes, NOTE_WARNING, "no connection was destroyed: %s", error.text);
		return;
	}
	for (size_t i = 0; i < sockets.count; i++) {
		if (!is_cut(&sockets.sockets[i], lockdown))
			continue;
		code = socket_kill(&sockets.sockets[i]);
		if (code == 0)
			killed++;
		else if (code != -ENOENT)
			failure = code;
	}
	if (failure)
		notes_add(notes, NOTE_WARNING, "some connections could not be destroyed: %s",
			  strerror(-failure));
	notes_add(notes, NOTE_DONE, "destroyed %u TCP connection%s", killed,
		  killed == 1 ? "" : "s");
}
