package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/viper"
)

type settings struct {
	Driver, Source, Address string
}

// load reads the file where there is one; each key may also be a variable of the environment, which then counts.
func load(file string) (settings, error) {
	values := viper.New()
	values.SetConfigFile(file)
	values.SetConfigType("env")
	values.SetDefault("DB_DRIVER", "postgres")
	values.SetDefault("SERVER_ADDRESS", "0.0.0.0:8080")
	values.AutomaticEnv()
	if err := values.ReadInConfig(); err != nil && !errors.Is(err, os.ErrNotExist) {
		// Its text may hold a line of the file.
		return settings{}, fmt.Errorf("%s can't be read as settings", file)
	}
	found := settings{
		Driver:  values.GetString("DB_DRIVER"),
		Source:  values.GetString("DB_SOURCE"),
		Address: values.GetString("SERVER_ADDRESS"),
	}
	if found.Source == "" {
		return settings{}, fmt.Errorf("DB_SOURCE is neither in %s nor in the environment", file)
	}
	return found, nil
}
