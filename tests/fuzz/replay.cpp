// Runs a fuzz target without a fuzzer: every file of its corpus, and a fixed number of damaged copies of
// each.
//
//   replay_<target> CORPUS_FOLDER [COPIES]
//
// The same inputs each time: this is the short version that runs with the tests; `make fuzz` searches.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/check.hpp"

namespace {

using Bytes = std::vector<unsigned char>;

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> inputs;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return inputs;
}

/// One to four small wounds: a byte changed, taken out or put in, the end cut off, a part of another input.
void damage(Bytes& bytes, const Bytes& other, std::mt19937& random) {
  static constexpr unsigned char kTelling[] = {0,   '\r', '\n', ' ', '"',  '\\', ':',
                                               '{', '}',  '-',  '9', 0x7f, 0x80, 0xff};
  for (auto wounds = 1 + random() % 4; wounds > 0; --wounds) {
    const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto byte =
        random() % 2 == 0 ? kTelling[random() % std::size(kTelling)] : static_cast<unsigned char>(random());
    switch (random() % 5) {
      case 0:
        if (!bytes.empty()) *place = byte;
        break;
      case 1:
        if (!bytes.empty()) bytes.erase(place);
        break;
      case 2:
        bytes.insert(place, byte);
        break;
      case 3:
        bytes.resize(at);
        break;
      default: {
        const std::size_t from = other.empty() ? 0 : random() % other.size();
        const std::size_t count = std::min<std::size_t>(other.size() - from, 1 + random() % 32);
        const auto begin = other.begin() + static_cast<std::ptrdiff_t>(from);
        bytes.insert(place, begin, begin + static_cast<std::ptrdiff_t>(count));
      }
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: " << arguments[0] << " CORPUS_FOLDER [COPIES]\n";
    return 2;
  }
  const auto corpus = read_corpus(arguments[1]);
  if (corpus.empty()) {
    std::cerr << arguments[1] << " holds no inputs\n";
    return 1;
  }
  const int copies = count > 2 ? std::stoi(arguments[2]) : 200;
  std::mt19937 random(20'260'415);
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    LLVMFuzzerTestOneInput(corpus[i].data(), corpus[i].size());
    for (int copy = 0; copy < copies; ++copy) {
      Bytes bytes = corpus[i];
      damage(bytes, corpus[random() % corpus.size()], random);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
  }
  std::cout << corpus.size() << " inputs and " << copies << " damaged copies of each: every promise kept\n";
}
