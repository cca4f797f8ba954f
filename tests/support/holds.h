// Expects words in a text, such as a page, or that they are not there.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace carousel::testing {

inline void expect_holds(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    EXPECT_NE(text.find(word), std::string::npos) << word << "\nin\n" << text.substr(0, 2000);
}

inline void expect_lacks(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    EXPECT_EQ(text.find(word), std::string::npos) << word << "\nin\n" << text.substr(0, 2000);
}

}  // namespace carousel::testing
