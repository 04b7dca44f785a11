#include "kernels/suggest.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace assay {
namespace {

constexpr std::size_t most_listed = 24;
constexpr std::size_t few_listed = 5;

// Letters to insert, delete, replace, or swap with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;  // the row of i - 2
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitute});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, std::move(row));
  }
  return last[b.size()];
}

}  // namespace

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = distance(lower(word), lower(candidate));
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t limit = std::max<std::size_t>(longer > 3 ? 2 : 1, longer / 3);
    if (d > limit || d >= longer) continue;
    if (best.empty() || d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string unknown_word(std::string_view what, std::string_view word,
                         std::span<const std::string_view> candidates) {
  std::string text = "unknown " + std::string(what) + " '" + std::string(word) + "'; ";
  if (const std::string_view match = nearest(word, candidates); !match.empty()) {
    return text + "did you mean '" + std::string(match) + "'?";
  }
  std::vector<std::string_view> shown(candidates.begin(), candidates.end());
  const bool all = shown.size() <= most_listed;
  if (!all) {
    // Those that contain it first; then by how much would have to be typed anew.
    const std::string wanted = lower(word);
    const auto far = [&](std::string_view each) {
      const std::string name = lower(each);
      return std::pair(name.find(wanted) == std::string::npos, distance(wanted, name));
    };
    std::ranges::stable_sort(shown, {}, far);
    shown.resize(few_listed);
  }
  text += all ? "known: " : "nearest of " + std::to_string(candidates.size()) + ": ";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) text += ", ";
    text += shown[i];
  }
  return text;
}

std::string no_divisor(std::string_view key, std::int64_t value, std::string_view of_key,
                       std::int64_t of, std::int64_t multiple) {
  std::string text = std::string(key) + ":" + std::to_string(value) + " doesn't divide " +
                     std::string(of_key) + ":" + std::to_string(of);
  constexpr std::int64_t most_steps = 4096;
  const auto fits = [&](std::int64_t near) { return of % near == 0 && near % multiple == 0; };
  const char* separator = "; nearest: ";
  const std::int64_t below = std::min(value - 1, of);
  for (std::int64_t near = below; near > 0 && below - near < most_steps; --near) {
    if (!fits(near)) continue;
    text += separator + std::to_string(near);
    separator = ", ";
    break;
  }
  for (std::int64_t near = value + 1; near <= of && near - value < most_steps; ++near) {
    if (!fits(near)) continue;
    text += separator + std::to_string(near);
    break;
  }
  return text;
}

}  // namespace assay
