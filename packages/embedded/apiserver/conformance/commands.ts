/** What people do with kubectl, in scenarios of their own namespaces. Each must end alike on our server and on Kubernetes. */

export interface Scenario {
  readonly name: string;
  /** kubectl command lines; `<<` and what follows is standard input. Words are split at spaces, quotes keep them together. */
  readonly commands: readonly string[];
}

const configMap = (value: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {app: demo}
data:
  key: ${value}
`;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports:
        - containerPort: 80
          name: http
        env:
        - name: MODE
          value: test
        - name: POD
          valueFrom:
            fieldRef: {fieldPath: metadata.name}
        resources:
          requests: {cpu: 100m, memory: 64Mi}
          limits: {memory: 128Mi}
        readinessProbe:
          httpGet: {path: /ready, port: http}
        livenessProbe:
          exec: {command: ["true"]}
        volumeMounts:
        - {name: data, mountPath: /data}
      volumes:
      - name: data
        emptyDir: {}
`;

const statefulSet = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  replicas: 3
  selector:
    matchLabels: {app: db}
  template:
    metadata:
      labels: {app: db}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: db
        image: registry.example.com/db@sha256:0000000000000000000000000000000000000000000000000000000000000000
        volumeMounts:
        - {name: data, mountPath: /var/lib/db}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests: {storage: 1Gi}
`;

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: solo
  labels: {tier: one}
spec:
  automountServiceAccountToken: false
  initContainers:
  - name: setup
    image: busybox
    command: [sh, -c, "true"]
  - name: sidecar
    image: busybox:1.36
    restartPolicy: Always
  containers:
  - name: main
    image: busybox:latest
    resources:
      limits: {cpu: "1", memory: 1Gi}
    lifecycle:
      preStop:
        httpGet: {port: 8080}
    startupProbe:
      tcpSocket: {port: 5432}
  volumes:
  - name: config
    configMap: {name: settings}
  - name: secret
    secret: {secretName: pass}
  - name: all
    projected:
      sources:
      - serviceAccountToken: {path: token}
      - downwardAPI:
          items:
          - path: labels
            fieldRef: {fieldPath: metadata.labels}
`;

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Phase, type: string, jsonPath: .status.phase}
    - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 9, default: 3}
              color: {type: string, enum: [red, green], default: red}
              note: {type: string, maxLength: 5}
              ports:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string}
                    port: {type: integer}
            x-kubernetes-validations:
            - rule: "self.size < 8 || self.color == 'green'"
              message: big ones are green
          status:
            type: object
            properties:
              phase: {type: string}
              size: {type: integer}
`;

const widget = (spec: string): string => `apiVersion: example.com/v1
kind: Widget
metadata: {name: one}
spec: ${spec}
`;

export const scenarios: readonly Scenario[] = [
  {
    name: "config maps",
    commands: [
      `apply -f - << ${configMap("one")}`,
      "get cm settings -o yaml",
      `apply -f - << ${configMap("two")}`,
      "get cm settings -o jsonpath={.data.key}",
      "get cm",
      "get cm -o wide --show-labels",
      "get cm -l app=demo -o name",
      "get cm -l app!=demo -o name",
      "get cm -l 'app in (demo,other)' -o name",
      "get cm -l app=demo,,x",
      "get cm --field-selector metadata.name=settings -o name",
      "get cm --field-selector data.key=x",
      "label cm settings tier=front",
      "label cm settings tier=back",
      "label cm settings tier=back --overwrite",
      "label cm settings tier-",
      "label cm settings 'bad key=x'",
      "annotate cm settings note=hello",
      "annotate cm settings note-",
      "create cm settings --from-literal=a=b",
      "create cm Bad_Name --from-literal=a=b",
      "create cm other --from-literal=a=b --dry-run=server -o yaml",
      "get cm other",
      `replace -f - << ${configMap("three")}`,
      `patch cm settings -p '{"data":{"more":"yes"}}'`,
      `patch cm settings --type=merge -p '{"data":{"more":null}}'`,
      `patch cm settings --type=json -p '[{"op":"add","path":"/data/x","value":"y"},{"op":"test","path":"/data/x","value":"y"}]'`,
      `patch cm settings --type=json -p '[{"op":"test","path":"/data/x","value":"n"}]'`,
      `patch cm settings --type=json -p '[{"op":"remove","path":"/data/absent"}]'`,
      `patch cm settings -p '{"data":{"n":1}}'`,
      `patch cm settings -p '{"bogus":{"n":1}}'`,
      "get cm settings -o json --show-managed-fields",
      "describe cm settings",
      "delete cm settings",
      "get cm settings",
      "delete cm settings",
      "delete cm settings --ignore-not-found",
      "delete cm --all",
    ],
  },
  {
    name: "server-side apply",
    commands: [
      `apply --server-side -f - << ${configMap("one")}`,
      `apply --server-side --field-manager=other -f - << ${configMap("two")}`,
      `apply --server-side --field-manager=other --force-conflicts -f - << ${configMap("two")}`,
      "get cm settings -o yaml --show-managed-fields",
      `apply --server-side --field-manager=other -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n`,
      "get cm settings -o yaml --show-managed-fields",
      `apply --server-side -f - << ${deployment}`,
      "get deploy web -o yaml --show-managed-fields",
      "scale deploy web --replicas=5",
      `apply --server-side -f - << ${deployment}`,
      "get deploy web -o jsonpath={.spec.replicas}",
      `apply --server-side --dry-run=server -f - << ${deployment}`,
      `diff -f - << ${deployment}`,
    ],
  },
  {
    name: "deployments",
    commands: [
      `create -f - << ${deployment}`,
      "get deploy web -o yaml",
      "get deploy -o wide",
      "describe deploy web",
      "scale deploy web --replicas=4",
      "scale deploy web --replicas=4 --current-replicas=9",
      "get deploy web -o jsonpath='{.spec.replicas} {.metadata.generation}'",
      "set image deploy/web web=nginx:1.28",
      "set env deploy/web MODE=prod",
      "set resources deploy/web --limits=cpu=1",
      "rollout history deploy/web",
      "rollout pause deploy/web",
      "rollout resume deploy/web",
      "rollout restart deploy/web --dry-run=server -o name",
      `patch deploy web -p '{"spec":{"selector":{"matchLabels":{"app":"x"}}}}'`,
      `patch deploy web -p '{"spec":{"replicas":-1}}'`,
      `patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"second","image":"x"}]}}}}'`,
      "get deploy web -o jsonpath='{.spec.template.spec.containers[*].name}'",
      `patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"second","$patch":"delete"}]}}}}'`,
      `patch deploy web -p '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}'`,
      "get deploy web -o jsonpath='{.spec.strategy}'",
      "expose deploy web --port=80 --target-port=http",
      "get svc web -o yaml",
      "get svc -o wide",
      "describe svc web",
      "create deployment bad --image=x --replicas=-1",
      "autoscale deploy web --max=5 --dry-run=client -o name",
      "get deploy,svc",
      "delete deploy web",
      "get deploy",
    ],
  },
  {
    name: "stateful sets",
    commands: [
      `create -f - << ${statefulSet}`,
      "get sts db -o yaml",
      "get sts -o wide",
      `patch sts db -p '{"spec":{"serviceName":"other"}}'`,
      `patch sts db -p '{"spec":{"replicas":1}}'`,
      "describe sts db",
      "delete sts db --cascade=orphan --wait=false",
    ],
  },
  {
    name: "pods",
    commands: [
      "create sa default",
      `create -f - << ${pod}`,
      "get pod solo -o yaml",
      "get pods",
      "get pods -o wide",
      "get pods --field-selector=status.phase=Pending -o name",
      "get pods --field-selector=spec.nodeName=,status.phase!=Running -o name",
      "get pods --field-selector=spec.bogus=x",
      "describe pod solo",
      "run quick --image=busybox --restart=Never -- sleep 1",
      "get pod quick -o jsonpath={.spec.serviceAccountName}",
      "get pod quick -o jsonpath={.spec.tolerations}",
      `patch pod solo -p '{"spec":{"containers":[{"name":"main","image":"busybox:2"}]}}'`,
      `patch pod solo -p '{"spec":{"priority":5}}'`,
      `patch pod solo --subresource=status -p '{"status":{"phase":"Running"}}'`,
      "get pod solo -o jsonpath={.status.phase}",
      "label pod solo tier=two --overwrite",
      "wait pod/solo --for=jsonpath={.status.phase}=Running --timeout=5s",
      "wait pod/solo --for=condition=Ready --timeout=1s",
      "logs solo -c nobody",
      "exec solo -- true",
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: []}\n`,
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: [{name: A, image: x}, {name: b}]}\n`,
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {bogus: 1, containers: [{name: a, image: x}]}\n`,
      `create --validate=warn -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec: {bogus: 1, containers: [{name: a, image: x}]}\n`,
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {serviceAccountName: nobody, containers: [{name: a, image: x}]}\n`,
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: [{name: a, image: x, ports: [{containerPort: 99999}], volumeMounts: [{name: v, mountPath: /x}], env: [{name: 'a=b'}]}]}\n`,
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: [{name: a, image: 5}]}\n`,
      "delete pod solo quick --wait=false",
      "get pods",
      "delete pod odd --now --wait=false",
    ],
  },
  {
    name: "finalizers and grace",
    commands: [
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold]}\n`,
      "delete cm held --wait=false",
      "get cm held -o jsonpath='{.metadata.finalizers} {.metadata.deletionGracePeriodSeconds}'",
      `patch cm held --type=merge -p '{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}'`,
      `patch cm held --type=merge -p '{"metadata":{"finalizers":null}}'`,
      "get cm held",
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: parent}\n`,
      "delete cm parent --cascade=foreground --wait=false",
      "get cm parent -o jsonpath={.metadata.finalizers}",
    ],
  },
  {
    name: "services",
    commands: [
      "create svc clusterip a --tcp=80:8080",
      "create svc clusterip b --clusterip=None --tcp=80",
      "create svc nodeport c --tcp=80 --node-port=30123",
      "create svc nodeport d --tcp=80 --node-port=30123",
      "create svc nodeport e --tcp=80 --node-port=1000",
      "create svc loadbalancer f --tcp=80",
      "create svc externalname g --external-name=example.com",
      "get svc a -o yaml",
      "get svc b -o yaml",
      "get svc c -o yaml",
      "get svc f -o yaml",
      "get svc g -o yaml",
      "get svc",
      "create svc clusterip h --clusterip=10.96.0.1 --tcp=80",
      "create svc clusterip h --clusterip=1.2.3.4 --tcp=80",
      `patch svc a -p '{"spec":{"clusterIP":"10.96.0.77"}}'`,
      `patch svc a -p '{"spec":{"type":"NodePort"}}'`,
      "get svc a -o jsonpath={.spec.type}",
      `patch svc a -p '{"spec":{"type":"ClusterIP"}}'`,
      "get svc a -o jsonpath={.spec.ports}",
      `create -f - << apiVersion: v1\nkind: Service\nmetadata: {name: 1bad}\nspec: {ports: [{port: 80}]}\n`,
      `create -f - << apiVersion: v1\nkind: Service\nmetadata: {name: two}\nspec: {ports: [{port: 80},{port: 81}]}\n`,
      `create -f - << apiVersion: v1\nkind: Service\nmetadata: {name: none}\nspec: {selector: {a: b}}\n`,
      "delete svc a",
    ],
  },
  {
    name: "secrets and accounts",
    commands: [
      "create secret generic pass --from-literal=user=me --from-literal=word=geheim",
      "get secret pass -o yaml",
      "get secrets",
      "describe secret pass",
      `create -f - << apiVersion: v1\nkind: Secret\nmetadata: {name: plain}\nstringData: {a: b}\n`,
      "get secret plain -o jsonpath='{.data} {.stringData}'",
      `create -f - << apiVersion: v1\nkind: Secret\nmetadata: {name: tls}\ntype: kubernetes.io/tls\n`,
      `patch secret pass -p '{"immutable":true}'`,
      `patch secret pass -p '{"stringData":{"user":"you"}}'`,
      `patch secret plain -p '{"type":"other"}'`,
      "get secrets --field-selector type=Opaque -o name",
      "create sa robot",
      "get sa robot -o yaml",
      "create role reader --verb=get,list --resource=pods,deployments.apps",
      "create rolebinding robot --role=reader --serviceaccount=NAMESPACE:robot",
      "get role,rolebinding -o wide",
      "get role reader -o yaml",
      "auth can-i list pods --as=system:serviceaccount:NAMESPACE:robot",
      "auth can-i list secrets --as=system:serviceaccount:NAMESPACE:robot",
      "auth can-i create deployments --as=system:serviceaccount:NAMESPACE:robot",
      "auth can-i --list --as=system:serviceaccount:NAMESPACE:robot",
      "get secrets --as=system:serviceaccount:NAMESPACE:robot",
      "get nodes --as=jane",
      "get --raw /metrics/x --as=jane",
      "auth whoami",
      "auth whoami --as=jane --as-group=team",
      "create clusterrole bad --verb=get",
      "create token robot --duration=1m",
    ],
  },
  {
    name: "jobs",
    commands: [
      "create job once --image=busybox -- true",
      "get job once -o yaml",
      "get jobs -o wide",
      "create cronjob often --image=busybox --schedule='*/5 * * * *' -- true",
      "get cronjob often -o yaml",
      "get cj",
      "create cronjob wrong --image=busybox --schedule='* * *' -- true",
      `patch job once -p '{"spec":{"completions":5}}'`,
      `patch job once -p '{"spec":{"template":{"spec":{"containers":[{"name":"once","image":"x"}]}}}}'`,
      "create job from --from=cronjob/often --dry-run=server -o name",
    ],
  },
  {
    name: "storage",
    commands: [
      `create -f - << apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n`,
      "get pvc data -o yaml",
      "get pvc",
      `patch pvc data -p '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}'`,
      `patch pvc data -p '{"spec":{"accessModes":["ReadWriteMany"]}}'`,
      `create -f - << apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: none}\nspec: {resources: {}}\n`,
      "delete pvc data --wait=false",
    ],
  },
  {
    name: "custom resources",
    commands: [
      `create -f - << ${crd}`,
      "wait crd/widgets.example.com --for=condition=Established --timeout=20s",
      "get crd widgets.example.com -o jsonpath='{.status.acceptedNames} {.status.storedVersions} {.spec.conversion}'",
      `create -f - << ${widget("{size: 2, note: abc}")}`,
      "get widgets",
      "get wd one -o wide",
      "get widget one -o yaml --show-managed-fields",
      `patch widget one --type=merge -p '{"spec":{"size":10}}'`,
      `patch widget one --type=merge -p '{"spec":{"size":8}}'`,
      `patch widget one --type=merge -p '{"spec":{"color":"blue","note":"toolong"}}'`,
      `patch widget one --type=merge -p '{"spec":{"size":8,"color":"green"}}'`,
      `patch widget one -p '{"spec":{"size":8}}' --type=strategic`,
      `patch widget one --type=merge --subresource=status -p '{"status":{"phase":"Fine"},"spec":{"size":1}}'`,
      "get widget one -o jsonpath='{.spec.size} {.status.phase} {.metadata.generation}'",
      "scale widget one --replicas=4",
      "get widget one -o jsonpath={.spec.size}",
      `apply --server-side -f - << ${widget("{size: 4, ports: [{name: a, port: 1}]}")}`,
      `apply --server-side --field-manager=two -f - << ${widget("{size: 4, ports: [{name: b, port: 2}]}")}`,
      "get widget one -o yaml --show-managed-fields",
      `create -f - << ${widget("{size: 2, extra: 1}").replace("one", "two")}`,
      `create --validate=ignore -f - << ${widget("{size: 2, extra: 1}").replace("one", "two")}`,
      "get widget two -o jsonpath={.spec}",
      `create -f - << ${widget("{size: abc}").replace("one", "three")}`,
      "get all",
      "explain widget.spec",
      "api-resources --api-group=example.com",
      "delete widget one",
      "delete crd widgets.example.com",
      "get widgets",
    ],
  },
  {
    name: "budgets, quotas and limits",
    commands: [
      "create pdb guard --selector=app=x --min-available=1",
      "get pdb guard -o yaml",
      "get pdb",
      "create quota small --hard=pods=1,configmaps=2",
      "get quota small -o yaml",
      "describe quota small",
      `create -f - << apiVersion: v1\nkind: LimitRange\nmetadata: {name: limits}\nspec: {limits: [{type: Container, default: {memory: 64Mi}, max: {memory: 1Gi}}]}\n`,
      "get limits limits -o yaml",
      "create sa default",
      "run one --image=x",
      "get pod one -o jsonpath={.spec.containers[0].resources}",
      "run two --image=x",
    ],
  },
  {
    name: "cluster",
    commands: [
      "get --raw /healthz",
      "get --raw /readyz",
      "get --raw /version/none",
      "get --raw /apis/none",
      "get --raw /apis/none/v1",
      "get --raw /api/v1/bogus",
      "get --raw /apis/apps/v1/bogus",
      "get bogus",
      "get pods,bogus",
      "get pod a/b/c",
      "get ns kube-system -o yaml",
      "get ns default kube-public -o name",
      "get svc kubernetes -n default -o yaml",
      "get priorityclass system-node-critical -o jsonpath={.value}",
      "create ns NAMESPACE",
      "create ns Bad",
      "delete ns default --wait=false",
      "get clusterrole view -o jsonpath='{.aggregationRule}'",
      "get events",
      "get pods -n nowhere",
      "create cm x -n nowhere",
      "explain pod --recursive=false",
      "explain deployments.spec.strategy",
    ],
  },
  {
    name: "nodes and events",
    commands: [
      `create -f - << apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {zone: a}}\nstatus: {capacity: {cpu: "2", memory: 4Gi}}\n`,
      "get node n1 -o yaml",
      "cordon n1",
      "get nodes",
      "get nodes -o wide",
      "uncordon n1",
      "taint node n1 key=value:NoSchedule",
      "get node n1 -o jsonpath={.spec.taints}",
      "taint node n1 key-",
      "label node n1 node-role.kubernetes.io/worker=",
      "get nodes -l zone=a",
      "describe node n1",
      "create sa default",
      `create -f - << apiVersion: v1\nkind: Pod\nmetadata: {name: placed, labels: {app: x}}\nspec: {containers: [{name: a, image: x}]}\n`,
      `create --raw /api/v1/namespaces/NAMESPACE/pods/placed/binding -f - << {"apiVersion":"v1","kind":"Binding","metadata":{"name":"placed"},"target":{"kind":"Node","name":"n1"}}`,
      `create --raw /api/v1/namespaces/NAMESPACE/pods/placed/binding -f - << {"apiVersion":"v1","kind":"Binding","metadata":{"name":"placed"},"target":{"kind":"Node","name":"n2"}}`,
      "get pod placed -o wide",
      "get pod placed -o jsonpath={.status}",
      "get pods --field-selector=spec.nodeName=n1 -o name",
      `patch pod placed --subresource=status -p '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'`,
      "create pdb guard --selector=app=x --min-available=1",
      `create --raw /api/v1/namespaces/NAMESPACE/pods/placed/eviction -f - << {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"placed"}}`,
      "delete pdb guard",
      `create --raw /api/v1/namespaces/NAMESPACE/pods/placed/eviction -f - << {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"placed"}}`,
      "get pod placed -o jsonpath='{.metadata.deletionGracePeriodSeconds} {.status.conditions[?(@.type==\"DisruptionTarget\")].reason}'",
      "get pods",
      "delete pod placed --grace-period=0 --force --wait=false",
      "get pod placed",
      `create -f - << apiVersion: v1\nkind: Event\nmetadata: {name: e1}\ninvolvedObject: {kind: Pod, name: placed, namespace: NAMESPACE}\nreason: Seen\nmessage: it was seen\ntype: Normal\n`,
      "get events",
      "get events -o wide",
      "get events --field-selector involvedObject.name=placed,reason=Seen -o name",
      "get events.v1.events.k8s.io e1 -o yaml",
      "events",
      "get ep,endpointslices -n default",
      "get leases -A",
      "delete node n1",
      "get cs",
    ],
  },
  {
    name: "what should not work",
    commands: [
      "create role x --verb=get --resource=bogus",
      "create rolebinding x --clusterrole=view --user=jane --as=joe",
      "create clusterrolebinding NAMESPACE-x --clusterrole=cluster-admin --user=jane",
      "create role y --verb=get --resource=secrets --as=jane --as-group=system:masters",
      "create role z --verb=get --resource=pods --as=nobody",
      `patch rolebinding x -p '{"roleRef":{"name":"edit"}}'`,
      "create rolebinding x --clusterrole=view --user=jane",
      `patch rolebinding x -p '{"roleRef":{"name":"edit"}}'`,
      "create role escalate --verb=* --resource=* --as=jane",
      "create cm a --from-literal=a=b --as=jane",
      "get cm --as=jane",
      "get pods --as=jane",
      "create ingress i --rule=example.com/=svc:80",
      "get ingress",
      "create priorityclass NAMESPACE-p --value=5 --description=x",
      `patch priorityclass NAMESPACE-p -p '{"value":6}'`,
      "delete priorityclass NAMESPACE-p",
      "delete clusterrolebinding NAMESPACE-x",
      `apply -f - << apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}, {apiVersion: v1, kind: Secret, metadata: {name: one}}]\n`,
      "get cm,secret -o name",
      `apply -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dup}\ndata: {a: b, a: c}\n`,
      `apply -f - << apiVersion: v2\nkind: ConfigMap\nmetadata: {name: dup}\n`,
      `apply -f - << kind: ConfigMap\nmetadata: {name: dup}\n`,
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lab, labels: {"bad key": x}}\n`,
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lab, annotations: {n: 5}}\n`,
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lab, ownerReferences: [{kind: x}]}\n`,
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: gen-}\n`,
      `create -f - << apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n`,
      "get cm --sort-by=.metadata.name -o name -l x!=y",
      "rollout status deploy/none",
      "scale deploy none --replicas=2",
      "port-forward pod/none 1:1",
      "exec none -- true",
      "logs none",
      "cp none:/x /tmp/x",
    ],
  },
];
