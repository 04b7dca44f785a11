#include "bench/select.hpp"

#include <algorithm>

#include "backends/list.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

struct Selector {
  std::string_view word;     // before the colon
  std::string_view ordinal;  // after it
  bool has_ordinal = false;
};

Selector take_apart(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

bool is_kind(std::string_view word) { return word == "all" || word == "cpu" || word == "gpu"; }

bool by_default(std::string_view backend) {
  const BackendEntry* entry = find_backend(backend);
  return entry == nullptr || entry->by_default;
}

bool is_backend(std::string_view word, std::span<const std::string> plugins) {
  return find_backend(word) != nullptr || std::ranges::find(plugins, word) != plugins.end();
}

std::vector<std::string_view> known_words(std::span<const std::string> plugins) {
  std::vector<std::string_view> words;
  for (const BackendEntry& entry : backend_list()) words.push_back(entry.name);
  words.insert(words.end(), plugins.begin(), plugins.end());
  words.insert(words.end(), {"all", "cpu", "gpu"});
  return words;
}

bool of_kind(const KnownDevice& device, std::string_view kind) {
  if (!by_default(device.backend)) return false;
  if (kind == "all") return true;
  return device.info.cpu == (kind == "cpu") && !device.info.software;
}

// "0" means the device "0" and all of platform 0: "0.0", "0.1", …
bool has_ordinal(const KnownDevice& device, std::string_view ordinal) {
  const std::string_view own = device.info.ordinal;
  return own == ordinal ||
         (own.size() > ordinal.size() && own.starts_with(ordinal) && own[ordinal.size()] == '.');
}

// Whether a device with this ordinal would be one of the part's.
bool may_hold(const Unavailable& part, std::string_view ordinal) {
  if (!part.lost) return false;
  return part.part.empty() || !part.plugin.empty() || ordinal == part.part ||
         ordinal.starts_with(part.part + ".");
}

// Whether what a selector means, and doesn't find, may be in a part that is lost.
bool may_be_lost(const Selector& parts, bool backend, const Inventory& inventory) {
  return std::ranges::any_of(inventory.unavailable, [&](const Unavailable& each) {
    if (!each.lost) return false;
    if (!backend) return by_default(each.backend);
    return each.backend == parts.word && (!parts.has_ordinal || may_hold(each, parts.ordinal));
  });
}

// The lost parts that a selector takes whatever they hold.
void add_lost(const Selector& parts, bool backend, const Inventory& inventory,
              std::vector<MissingDevice>& lost) {
  if (backend && parts.has_ordinal) return;
  for (const Unavailable& each : inventory.unavailable) {
    if (!each.lost || (backend ? each.backend != parts.word : !by_default(each.backend))) continue;
    const std::string id = each.backend + (each.part.empty() ? "" : ":" + each.part);
    if (std::ranges::find(lost, id, &MissingDevice::selector) != lost.end()) continue;
    lost.push_back({id, each.backend, each.reason, true});
  }
}

std::string missing_reason(std::string_view selector, const Selector& parts,
                           const Inventory& inventory) {
  std::string text = "no device " + std::string(selector) + " here";
  std::string reasons;
  for (const Unavailable& each : inventory.unavailable) {
    if (each.backend == parts.word) reasons += (reasons.empty() ? ": " : "; ") + each.reason;
  }
  if (const BackendEntry* entry = find_backend(parts.word);
      reasons.empty() && entry != nullptr && entry->make == nullptr) {
    reasons = ": " + std::string(entry->missing);
  }
  if (!reasons.empty()) return text + reasons;
  std::string present;
  for (const KnownDevice& each : inventory.devices) {
    if (each.backend != parts.word && !of_kind(each, parts.word)) continue;
    present += (present.empty() ? "" : ", ") + each.id();
  }
  return text + (present.empty() ? "" : "; present: " + present);
}

std::vector<const KnownDevice*> by_backend(const Selector& parts, const Inventory& inventory) {
  std::vector<const KnownDevice*> found;
  for (const KnownDevice& device : inventory.devices) {
    if (device.backend == parts.word &&
        (!parts.has_ordinal || has_ordinal(device, parts.ordinal))) {
      found.push_back(&device);
    }
  }
  return found;
}

std::vector<const KnownDevice*> by_kind(const Selector& parts, const Inventory& inventory) {
  std::vector<const KnownDevice*> found;
  for (const KnownDevice& device : inventory.devices) {
    if (of_kind(device, parts.word)) found.push_back(&device);
  }
  if (!parts.has_ordinal) return found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::to_string(i) == parts.ordinal) return {found[i]};
  }
  return {};
}

// Why libraries are left out that may hold what isn't known: they were rejected before they could say
// their names.
std::string rejections(const Inventory& inventory) {
  std::string text;
  for (const Unavailable& each : inventory.unavailable) {
    if (!each.plugin.empty() && each.backend == "plugin") text += "; rejected: " + each.reason;
  }
  return text;
}

// Of parts that broke, which may hold what isn't found.
std::string lost_reasons(const Inventory& inventory) {
  std::string text;
  for (const Unavailable& each : inventory.unavailable) {
    if (each.lost) text += "; " + each.backend + ": " + each.reason;
  }
  return text;
}

// Null where no device has such a name and `unknown_is_missing`.
const KnownDevice* by_name(std::string_view selector, const Inventory& inventory,
                           bool unknown_is_missing) {
  std::vector<const KnownDevice*> found;
  for (const KnownDevice& device : inventory.devices) {
    if (!by_default(device.backend)) continue;
    if (lower(device.info.name).find(lower(selector)) != std::string::npos) {
      found.push_back(&device);
    }
  }
  if (found.size() == 1) return found.front();
  if (found.empty() && unknown_is_missing) return nullptr;
  if (found.empty()) {
    std::vector<std::string> ids;
    for (const KnownDevice& device : inventory.devices) ids.push_back(device.id());
    std::vector<std::string_view> words = known_words(inventory.plugins);
    words.insert(words.end(), ids.begin(), ids.end());
    throw usage_error(unknown_word("device", selector, words));
  }
  std::string message = "device '" + std::string(selector) + "' could be any of ";
  for (const KnownDevice* device : found) {
    message +=
        (device == found.front() ? "" : ", ") + device->id() + " (" + device->info.name + ")";
  }
  throw usage_error(message);
}

Selection in_order(const Inventory& inventory, std::span<const KnownDevice* const> found) {
  Selection selection;
  for (const KnownDevice& device : inventory.devices) {
    if (std::ranges::find(found, &device) != found.end()) selection.devices.push_back(device);
  }
  return selection;
}

void check_selector(const std::string& selector, std::span<const std::string> plugins) {
  const Selector parts = take_apart(selector);
  if (is_backend(parts.word, plugins) || is_kind(parts.word)) {
    if (parts.has_ordinal && (parts.ordinal.empty() || parts.word == "all")) {
      throw usage_error("device '" + selector + "' must be like " + std::string(parts.word) +
                        (parts.word == "all" ? "" : " or " + std::string(parts.word) + ":0"));
    }
  } else if (parts.has_ordinal) {
    throw usage_error(unknown_word("backend", parts.word, known_words(plugins)));
  }
}

}  // namespace

std::vector<std::string> split_selectors(std::span<const std::string> lists) {
  std::vector<std::string> selectors;
  for (const std::string& list : lists) {
    std::size_t begin = 0;
    while (begin <= list.size()) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      if (end == begin) throw usage_error("an empty device in '" + list + "'");
      selectors.push_back(list.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return selectors;
}

void check_selectors(std::span<const std::string> selectors, bool plugins) {
  for (const std::string& selector : selectors) {
    // Whatever is unknown may be a plugin's name.
    const std::string word(take_apart(selector).word);
    check_selector(selector, plugins ? std::span(&word, 1) : std::span<const std::string>());
  }
}

std::function<void(const std::string&)> selector_check(bool plugins) {
  return [plugins](const std::string& selector) { check_selectors({&selector, 1}, plugins); };
}

std::vector<std::string> backends_for(std::span<const std::string> selectors) {
  std::vector<std::string> backends;
  const auto add = [&](std::string_view name) {
    if (std::ranges::find(backends, name) == backends.end()) backends.emplace_back(name);
  };
  const auto add_defaults = [&] {
    for (const BackendEntry& entry : backend_list()) {
      if (entry.by_default) add(entry.name);
    }
  };
  if (selectors.empty()) add_defaults();
  for (const std::string& selector : selectors) {
    const std::string_view word = take_apart(selector).word;
    if (find_backend(word) != nullptr) {
      add(word);
    } else {
      add_defaults();
    }
  }
  return backends;
}

Selection select_devices(std::span<const std::string> selectors, const Inventory& inventory) {
  const std::string rejected = rejections(inventory);
  for (const std::string& selector : selectors) {
    const std::string_view word = take_apart(selector).word;
    const bool known = is_backend(word, inventory.plugins) || is_kind(word);
    if (known || rejected.empty()) check_selector(selector, inventory.plugins);
  }
  std::vector<const KnownDevice*> found;
  std::vector<MissingDevice> missing;
  std::vector<MissingDevice> lost;
  if (selectors.empty()) {
    add_lost({"all", {}, false}, false, inventory, lost);
    for (const KnownDevice& device : inventory.devices) {
      if (of_kind(device, "all") && !device.info.software) found.push_back(&device);
    }
  }
  for (const std::string& selector : selectors) {
    const Selector parts = take_apart(selector);
    const bool backend = is_backend(parts.word, inventory.plugins);
    const bool kind = is_kind(parts.word);
    const bool maybe_lost = may_be_lost(parts, backend, inventory);
    std::vector<const KnownDevice*> matches;
    if (backend) {
      matches = by_backend(parts, inventory);
    } else if (kind) {
      matches = by_kind(parts, inventory);
    } else if (const KnownDevice* device =
                   parts.has_ordinal
                       ? nullptr
                       : by_name(selector, inventory, !rejected.empty() || maybe_lost)) {
      matches = {device};
    } else {
      missing.push_back({selector, "",
                         unknown_word("backend", parts.word, known_words(inventory.plugins)) +
                             rejected + lost_reasons(inventory),
                         maybe_lost});
      continue;
    }
    if (matches.empty()) {
      missing.push_back({selector, backend ? std::string(parts.word) : "",
                         missing_reason(selector, parts, inventory) +
                             (kind && maybe_lost ? lost_reasons(inventory) : ""),
                         maybe_lost});
    } else if (backend || kind) {
      add_lost(parts, backend, inventory, lost);
    }
    found.insert(found.end(), matches.begin(), matches.end());
  }
  Selection selection = in_order(inventory, found);
  selection.missing = std::move(missing);
  selection.lost = std::move(lost);
  return selection;
}

}  // namespace assay
