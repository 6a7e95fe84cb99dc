#include "chaos/disk.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "end_to_end/harness.hpp"

namespace recado::chaos {

SmallDisk::SmallDisk() {
  const std::string path = directory_.path() + "/disk";
  ::mkdir(path.c_str(), 0700);
  if (::mount("chaos", path.c_str(), "tmpfs", 0, "size=8m,mode=0700") == 0) {
    path_ = path;
  } else {
    why_not_ = std::string("mounting a tmpfs is not allowed here: ") + std::strerror(errno);
  }
}

SmallDisk::~SmallDisk() {
  if (!path_.empty()) ::umount2(path_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() {
  const int file = ::open((path_ + "/filling").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string block(4'096, 'f');
  while (::write(file, block.data(), block.size()) > 0) {
  }
  ::close(file);
}

void SmallDisk::free() {
  ::unlink((path_ + "/filling").c_str());
}

RefusingDisk::RefusingDisk() {
  ::mkdir(search_path().c_str(), 0700);
  // A private redis-server is given no environment of ours: what it needs to know stands here.
  e2e::write_file(program(), "#!/bin/sh\nDISK_FULL_FILE='" + flag() +
                                 "' LD_PRELOAD='" CHAOS_DISK_FULL "' exec /usr/bin/redis-server \"$@\"\n");
  ::chmod(program().c_str(), 0700);
}

void RefusingDisk::fill() {
  e2e::write_file(flag(), "");
}

void RefusingDisk::free() {
  ::unlink(flag().c_str());
}

}  // namespace recado::chaos
