// Command dotenv-readers tells what the applications' own parsers read from dotenv files. Only tests use it: what longshore writes for a
// reader is checked against that reader itself, not against our idea of it.
//
//	dotenv-readers PARSER[,PARSER...] [FILE...]
//
// Without a FILE, the paths are read from stdin, one a line, so that thousands of files cost one start. It prints a JSON object a line, in the
// order of files and then of parsers: {"file", "parser", "values"} or {"file", "parser", "error"}. A parser that panics is an error, too.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/docker/cli/pkg/kvfile"
	"github.com/joho/godotenv"
	"github.com/spf13/viper"
	gotenv16 "github.com/subosito/gotenv"
	gotenv12 "longshore.invalid/gotenv12"
)

// What viper 1.10.1 and older call is gotenv 1.2's StrictParse; viper 1.21 calls 1.6's.
var parsers = map[string]func(path string) (map[string]string, error){
	"gotenv1.2": withFile(func(file *os.File) (map[string]string, error) { return gotenv12.StrictParse(file) }),
	"gotenv1.6": withFile(func(file *os.File) (map[string]string, error) { return gotenv16.StrictParse(file) }),
	"godotenv":  func(path string) (map[string]string, error) { return godotenv.Read(path) },
	"compose":   func(path string) (map[string]string, error) { return dotenv.Read(path) },
	"docker":    readDocker,
	"viper":     readViper,
}

type result struct {
	File   string            `json:"file"`
	Parser string            `json:"parser"`
	Values map[string]string `json:"values"`
	Error  string            `json:"error,omitempty"`
}

func withFile(parse func(*os.File) (map[string]string, error)) func(string) (map[string]string, error) {
	return func(path string) (map[string]string, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return parse(file)
	}
}

// As `docker run --env-file` does it: a key without = is looked up in docker's own environment.
func readDocker(path string) (map[string]string, error) {
	lines, err := kvfile.Parse(path, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		values[key] = value
	}
	return values, nil
}

// The values as an application gets them with GetString: viper folds the keys to lower case.
func readViper(path string) (map[string]string, error) {
	settings := viper.New()
	settings.SetConfigFile(path)
	settings.SetConfigType("env")
	if err := settings.ReadInConfig(); err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, key := range settings.AllKeys() {
		values[key] = settings.GetString(key)
	}
	return values, nil
}

func read(path, parser string) (answer result) {
	answer = result{File: path, Parser: parser}
	defer func() {
		if fault := recover(); fault != nil {
			answer.Values, answer.Error = nil, fmt.Sprintf("panic: %v", fault)
		}
	}()
	values, err := parsers[parser](path)
	if err != nil {
		answer.Error = err.Error()
		return answer
	}
	if values == nil {
		values = map[string]string{}
	}
	answer.Values = values
	return answer
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: dotenv-readers PARSER[,PARSER...] [FILE...]")
		os.Exit(2)
	}
	names := strings.Split(os.Args[1], ",")
	for _, name := range names {
		if parsers[name] == nil {
			fmt.Fprintf(os.Stderr, "dotenv-readers: no parser %q: gotenv1.2, gotenv1.6, godotenv, compose, docker, viper\n", name)
			os.Exit(2)
		}
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	each := func(path string) {
		for _, name := range names {
			if err := encoder.Encode(read(path, name)); err != nil {
				fmt.Fprintln(os.Stderr, "dotenv-readers:", err)
				os.Exit(1)
			}
		}
	}
	if len(os.Args) > 2 {
		for _, path := range os.Args[2:] {
			each(path)
		}
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if path := lines.Text(); path != "" {
			each(path)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "dotenv-readers:", err)
		os.Exit(1)
	}
}
