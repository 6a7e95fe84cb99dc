// What nearly every test of what is over the loop includes, compiled once. Only outside headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "precompiled.hpp"
